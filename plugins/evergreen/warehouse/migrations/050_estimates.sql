create schema estimates;
comment on schema estimates is 'What drives satisfaction, estimated for the candidate between two builds of dbt';

create table estimates.attributes (
    period date,
    instrument text collate "C",
    attribute text collate "C",
    responses bigint not null,
    derived_importance numeric,
    derived_importance_low numeric,
    derived_importance_high numeric,
    penalty numeric,
    reward numeric,

    primary key (period, instrument, attribute)
);

comment on table estimates.attributes is 'One row per quarter, questionnaire and attribute; see the mart importance_performance.';

create table estimates.paths (
    period date,
    from_construct text collate "C",
    to_construct text collate "C",
    responses bigint not null,
    coefficient numeric,
    low numeric,
    high numeric,

    primary key (period, from_construct, to_construct)
);

comment on table estimates.paths is 'One row per quarter and path between constructs; see the mart driver_paths.';

create table estimates.index_weights (
    period date,
    item_code text collate "C",
    weight numeric not null,

    primary key (period, item_code)
);

comment on table estimates.index_weights is 'One row per quarter and item of the index, where its weights could be estimated; see the mart acsi_index.';
