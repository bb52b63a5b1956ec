alter table audit.load_batches add column high_water_mark text;
alter table audit.load_batches add column is_complete boolean not null default false;
alter table audit.promotions add column changes_recorded boolean not null default true;

comment on column audit.load_batches.high_water_mark is
'Where the next incremental reading of the table begins, once this batch is promoted; NULL where there is no cursor';
comment on column audit.load_batches.is_complete is
'Whether it is all that the table held then, so that a key it lacks is gone from the source';
comment on column audit.promotions.changes_recorded is
'Whether raw.changes tells what it touched; false for what was loaded before there was any release to compare with';
comment on column audit.load_batches.promoted_rows is
'Rows that raw took in: as the current version, or as one that a later version had already superseded';
