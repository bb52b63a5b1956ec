-- Marts are built in one place and move into a generation when they go live: dbt is given the same names each time.

create schema marts_candidate;

comment on schema marts_candidate is 'dbt: the marts that are being built, until they go live';
comment on schema marts_1 is 'A generation of the marts: live, previous or free';
comment on schema marts_2 is 'A generation of the marts: live, previous or free';
comment on schema marts_3 is 'A generation of the marts: live, previous or free';
