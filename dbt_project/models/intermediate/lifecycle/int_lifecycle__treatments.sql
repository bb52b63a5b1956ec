select
    stage,
    cast(stage_number as integer) as stage_number,
    stage_zh,
    is_in_base,
    strategy,
    treatment,
    relationship_phase

from (
    values
    ('prospecting', 1, '开拓期', false, 'acquire', 'prospect_management', 'awareness'),
    ('socialization', 2, '社会化期', true, 'retain', 'new_customer_management', 'exploration'),
    ('growth', 3, '成长期', true, 'retain', 'satisfied_customer_management', 'expansion'),
    ('maturity', 4, '成熟期', true, 'retain', 'satisfied_customer_management', 'commitment'),
    ('danger', 5, '衰退期·危险期', true, 'retain', 'termination_prevention', 'dissolution'),
    ('termination', 6, '衰退期·解约期', true, 'recover', 'persuade_to_withdraw', 'dissolution'),
    ('interruption', 7, '中断期', false, 'recover', 'regain', 'dissolution'),
    ('recovery', 8, '恢复期', true, 'recover', 'new_customer_management_with_care', 'exploration')
) as stages (stage, stage_number, stage_zh, is_in_base, strategy, treatment, relationship_phase)
