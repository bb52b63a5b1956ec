-- a view that is computed when it is read is not computed once more to be counted
alter table audit.release_relations alter column row_count drop not null;

comment on column audit.release_relations.row_count is
'Rows it showed when the release was published; NULL for a view that is computed when it is read';
