create table pii.customers (
    source text not null,
    customer_id text collate "C" not null,
    identifier text,
    personal jsonb not null default '{}',
    _row_hash uuid,
    _batch_id bigint,
    updated_at timestamptz not null default clock_timestamp(),

    primary key (source, customer_id)
);

create index customers_customer on pii.customers (customer_id);

comment on table pii.customers is 'One row per source and customer: who is behind a pseudonym.';
comment on column pii.customers.source is 'Source that knows the customer';
comment on column pii.customers.customer_id is 'Pseudonym, as in raw and in the marts';
comment on column pii.customers.identifier is 'What the source calls the customer';
comment on column pii.customers.personal is 'Names, addresses and other personal columns of the source';
comment on column pii.customers._row_hash is 'Hash of identifier and personal columns; equal means nothing new';
comment on column pii.customers._batch_id is 'Load batch that brought this version';
comment on column pii.customers.updated_at is 'When this version came';

create table raw.changes (
    promotion_id bigint not null,
    source text not null,
    source_table text not null,
    key_kind text not null,
    key_value text collate "C" not null,

    constraint changes_key_kind check (key_kind in ('customer', 'order', 'product'))
);

create index changes_promotion on raw.changes (promotion_id, key_kind);

comment on table raw.changes is
'One row per promotion and customer, order or product that its new and superseded rows touch.';
comment on column raw.changes.promotion_id is 'Promotion that touched it';
comment on column raw.changes.source is 'Source the rows came from';
comment on column raw.changes.source_table is 'Table of the source';
comment on column raw.changes.key_kind is 'customer, order or product';
comment on column raw.changes.key_value is 'Its key as in raw: a pseudonym for customers';
