create table audit.release_relations (
    release_id bigint not null references audit.releases on delete cascade,
    relation_name text not null,
    row_count bigint not null,

    primary key (release_id, relation_name)
);

comment on table audit.release_relations is 'One row per release and relation it published.';
comment on column audit.release_relations.release_id is 'Release';
comment on column audit.release_relations.relation_name is 'View in marts';
comment on column audit.release_relations.row_count is 'Rows it showed when the release was published';
