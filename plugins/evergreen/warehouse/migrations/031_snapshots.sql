-- The views of a release show it to nobody whose snapshot is older: such a transaction would find the new
-- views, as definitions are always the latest, and none of the rows below them.

create function audit.sees_release(number bigint) returns boolean
-- as its owner: who is granted marts alone may not read audit
language plpgsql stable parallel safe security definer
set search_path = pg_catalog
as $$
begin
    if exists (select from audit.releases where release_id = number) then
        return true;
    end if;
    raise exception 'release % was published after this transaction began: begin it anew', number
        using errcode = 'serialization_failure';
end
$$;

comment on function audit.sees_release(bigint) is
'True where the transaction sees the release; an error, not no rows, where its snapshot is older';
