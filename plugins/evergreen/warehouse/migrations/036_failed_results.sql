-- Most results are of rules that held; who asks what did not should not read them all.
create index gate_results_failed on audit.gate_results (batch_id, rule) where not passed;
