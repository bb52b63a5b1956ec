-- Steps whose rows of untouched customers the next build takes over.

create schema kept;

comment on schema kept is 'dbt: steps of the live release''s build, of which the next one computes anew what is touched';
