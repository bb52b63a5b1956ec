create sequence audit.release_numbers;
comment on sequence audit.release_numbers is 'Numbers of candidates, which become releases; gaps are candidates given up';

create table audit.candidate (
    release_id bigint primary key default nextval('audit.release_numbers'),
    generation smallint not null check (generation between 1 and 3),
    as_of_date date not null,
    through_promotion bigint not null,
    since_promotion bigint not null default 0,
    previous_as_of_date date,
    is_full boolean not null default false,
    active_sources text [] not null default '{}',
    configuration_hash text,
    state text not null default 'open',
    opened_at timestamptz not null default clock_timestamp()
);

create unique index candidate_is_one on audit.candidate ((true));

comment on table audit.candidate is 'No row, or one: the release that is being built.';
comment on column audit.candidate.release_id is 'Number the release will have';
comment on column audit.candidate.generation is 'Which of marts_1, marts_2, marts_3 it is built in';
comment on column audit.candidate.as_of_date is 'Day at whose end every measure is computed';
comment on column audit.candidate.through_promotion is 'Last promotion it contains';
comment on column audit.candidate.since_promotion is 'Last promotion that the live release contains, 0 without one';
comment on column audit.candidate.previous_as_of_date is 'As-of date of the live release, NULL without one';
comment on column audit.candidate.is_full is 'Whether everything is computed anew, not only what changed';
comment on column audit.candidate.active_sources is 'Sources it is built from';
comment on column audit.candidate.configuration_hash is 'Hash of models and variables it is built with';
comment on column audit.candidate.state is 'How far it has come';
comment on column audit.candidate.opened_at is 'When building began';

create table audit.releases (
    release_id bigint primary key,
    generation smallint not null check (generation between 1 and 3),
    as_of_date date not null,
    through_promotion bigint not null,
    is_live boolean not null default false,
    is_full boolean not null default false,
    active_sources text [] not null default '{}',
    configuration_hash text,
    state text not null default 'published',
    published_at timestamptz not null default clock_timestamp(),

    -- deferred, so that one release may take over from another in any order
    constraint releases_one_is_live exclude using btree (is_live with =) where (is_live)
    deferrable initially deferred
);

comment on table audit.releases is 'One row per release: marts that were built, judged and published together.';
comment on column audit.releases.release_id is 'Number of the release';
comment on column audit.releases.generation is 'Which of marts_1, marts_2, marts_3 holds it, as long as it is kept';
comment on column audit.releases.as_of_date is 'Day at whose end every measure is computed';
comment on column audit.releases.through_promotion is 'Last promotion it contains';
comment on column audit.releases.is_live is 'Whether the views in marts show it; at most one';
comment on column audit.releases.is_full is 'Whether everything was computed anew, not only what changed';
comment on column audit.releases.active_sources is 'Sources it was built from';
comment on column audit.releases.configuration_hash is 'Hash of models and variables it was built with';
comment on column audit.releases.state is 'published, or what became of it since';
comment on column audit.releases.published_at is 'When it first went live';
