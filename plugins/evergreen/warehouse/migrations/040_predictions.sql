create schema predictions;
comment on schema predictions is 'What the value models say about the candidate: written between two builds of dbt';

create table predictions.run (
    release_id bigint primary key
);

comment on table predictions.run is 'No row, or one: the candidate that the other tables are about.';
comment on column predictions.run.release_id is 'Number of the candidate';

create table predictions.customers (
    customer_id text collate "C" primary key,
    probability_alive double precision,
    churn_probability double precision,
    expected_orders_12m double precision,
    expected_orders_lifetime double precision,
    expected_order_value double precision,
    predicted_value_12m double precision,
    predicted_value_12m_low double precision,
    predicted_value_12m_high double precision,
    predicted_value_lifetime double precision
);

comment on table predictions.customers is 'One row per customer about whom a model that went live says something.';
comment on column predictions.customers.customer_id is 'Pseudonym of the customer';
comment on column predictions.customers.probability_alive is 'Probability of not having left for good';
comment on column predictions.customers.churn_probability is 'Probability of no order in the churn horizon';
comment on column predictions.customers.expected_orders_12m is 'Expected occasions of the next 12 months';
comment on column predictions.customers.expected_orders_lifetime is 'Expected occasions of the rest of the life';
comment on column predictions.customers.expected_order_value is 'Expected revenue of a coming occasion';
comment on column predictions.customers.predicted_value_12m is 'Expected revenue of 12 months, discounted';
comment on column predictions.customers.predicted_value_12m_low is 'Lower end of its central 80 %';
comment on column predictions.customers.predicted_value_12m_high is 'Upper end of its central 80 %';
comment on column predictions.customers.predicted_value_lifetime is 'Expected revenue of the rest of the life, discounted';

create table predictions.fits (
    model text collate "C" primary key,
    holdout_rank integer,
    parameters jsonb not null,
    log_likelihood double precision,
    customers bigint not null,
    live_model text,
    live_parameters jsonb,
    live_log_likelihood double precision,
    live_customers bigint,
    is_selected boolean not null,
    is_fallback boolean not null,
    shows_dropout boolean,
    time_unit text,
    holdout_log_likelihood double precision,
    holdout_correlation double precision,
    holdout_mae double precision,
    holdout_mae_zero double precision,
    holdout_rmse double precision,
    holdout_rmse_own_rate double precision,
    holdout_total_predicted double precision,
    holdout_total_actual double precision,
    note text
);

comment on table predictions.fits is 'One row per model that was fitted to the calibration period; see the mart value_model_fits.';

create table predictions.holdout (
    model text collate "C",
    frequency integer,
    customers bigint not null,
    actual_mean double precision not null,
    predicted_mean double precision not null,

    primary key (model, frequency)
);

comment on table predictions.holdout is 'One row per model and orders in the calibration period; see the mart value_model_holdout.';

create table predictions.churn (
    decile integer primary key,
    model text collate "C" not null,
    horizon_days double precision not null,
    customers bigint not null,
    predicted_rate double precision not null,
    actual_rate double precision not null,
    auc double precision,
    brier double precision not null,
    rule_auc double precision,
    rule_brier double precision not null,
    lead_days double precision,
    adjustment jsonb
);

comment on table predictions.churn is 'One row per decile of foretold churn; see the mart churn_calibration.';
