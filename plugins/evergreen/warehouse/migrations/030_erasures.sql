-- An erasure must not name the erased: neither by identifier nor by the pseudonym that exports may hold.

drop index audit.erasures_customer;
alter table audit.erasures rename column customer_id to person_key;
alter table audit.erasures add column key_id text not null default '';
alter table audit.erasures add column promotion_id bigint;
alter table audit.erasures add constraint erasures_person unique (person_key);
alter table audit.erasures add constraint erasures_state check (state in ('requested', 'finished'));

comment on column audit.erasures.person_key is
'Keyed hash of the erased customer, made with a key of its own: it matches no pseudonym';
comment on column audit.erasures.key_id is 'Which key that was: a hash of it';
comment on column audit.erasures.promotion_id is
'Promotion with which the customer left raw: marts of releases that contain it are without them';
comment on column audit.erasures.state is
'requested: gone from raw, quarantine and pii; finished: gone from the marts of all kept releases';
