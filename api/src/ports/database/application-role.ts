import type { ClientConfig } from 'pg'
import { onceServed } from './once-served.ts'

const role = 'jarvis_app'
const roleLock = 7_208_914_412

/** What the application may only add to, by the functions of the owner. */
const keptTables = ['audit', 'audit_outbox']

/**
 * The embedded server's owner makes the schema; the application works as a role of its own, which owns every table but the audit's, so that it
 * can neither change an audit row nor take away what keeps it from doing so. Returns the connection of that role.
 */
export async function openApplicationRole<Owner extends ClientConfig>(owner: Owner): Promise<Owner> {
  await onceServed(owner, async (client) => {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [roleLock])
    await client.query(grants)
    await client.query('commit')
  })
  return { ...owner, user: role }
}

const kept = keptTables.map((name) => `'${name}'`).join(', ')
/** Schemas of the application, such as that of its jobs; the others are the server's and the owner's. */
const isOwnSchema = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'drizzle', 'public')`
const isOfExtension = (catalog: string, id: string) =>
  `exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${id} and d.deptype = 'e')`

const grants = `
do $$
declare
  statement text;
begin
  if not exists (select from pg_roles where rolname = '${role}') then create role ${role} login; end if;
  execute format('grant connect, create, temporary on database %I to ${role}', current_database());
  for statement in
    select format('alter schema %I owner to ${role}', n.nspname) from pg_namespace n
    where ${isOwnSchema} and n.nspowner <> '${role}'::regrole
    union all
    select format('alter table %I.%I owner to ${role}', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where (${isOwnSchema} or n.nspname = 'public' and c.relname not in (${kept})) and c.relowner <> '${role}'::regrole
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not ${isOfExtension('pg_class', 'c.oid')}
      -- A sequence of a column goes with its table.
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and c.relkind = 'S' and d.deptype in ('a', 'i'))
    union all
    select format('alter routine %s owner to ${role}', p.oid::regprocedure) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${isOwnSchema} and p.proowner <> '${role}'::regrole and not ${isOfExtension('pg_proc', 'p.oid')}
    union all
    select format('alter type %s owner to ${role}', t.oid::regtype) from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where ${isOwnSchema} and t.typowner <> '${role}'::regrole and t.typtype in ('e', 'd')
  loop
    execute statement;
  end loop;
end $$;
grant usage on schema public to ${role};
grant select on audit to ${role};
grant select, insert on audit_outbox to ${role};
grant usage on schema drizzle to ${role};
grant select on all tables in schema drizzle to ${role};
-- For the upkeep: what was deleted leaves the write-ahead log too.
grant pg_checkpoint, pg_monitor to ${role};
grant execute on function pg_switch_wal() to ${role};
`
