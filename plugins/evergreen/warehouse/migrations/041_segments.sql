alter table predictions.fits add column is_by_segment boolean;

create table predictions.segments (
    segment text collate "C" primary key,
    model text not null,
    customers bigint not null,
    repeat_customers bigint not null,
    parameters jsonb,
    live_parameters jsonb,
    holdout_log_likelihood double precision not null,
    holdout_log_likelihood_of_all double precision not null,
    holdout_total_predicted double precision not null,
    holdout_total_predicted_of_all double precision not null,
    holdout_total_actual double precision not null
);

comment on table predictions.segments is 'One row per segment of customers; see the mart value_model_segments.';
