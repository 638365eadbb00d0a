import { type SQL, sql } from 'drizzle-orm'

export type Kept = {
  /** A table. */
  what: string
  kept: string
  why: string
  /** Which rows have had their time. None: they go with what they belong to, or never. */
  old?: SQL
  /** Rows that the time is found for by an index can be looked for often. */
  swept?: 'hourly' | 'nightly'
  /** Its rows go only because somebody wants them gone: then they leave the files too. */
  wished?: true
}

const withPerson = 'as long as the account'
const forever = 'as long as the installation'
const isOver = (column: string, interval: string) => sql`${sql.identifier(column)} < now() - ${interval}::interval`

/** What is kept in the database, how long and why. docs/retention.md prints it; a test fails for a table that has no line. */
export const retention: Kept[] = [
  {
    what: 'announcements',
    kept: '90 days after their end, or until an administrator deletes them',
    why: 'what everybody here is told',
    wished: true,
    old: isOver('ends_at', '90 days'),
    swept: 'nightly',
  },
  { what: 'api_keys', kept: withPerson, why: 'the person made them, and removes them', wished: true },
  { what: 'audit', kept: forever, why: 'each row is chained to the one before; it holds no text and no email' },
  { what: 'audit_outbox', kept: 'some seconds', why: 'until the linker has put them into the audit' },
  {
    what: 'backups',
    kept: '90 days, the newest that succeeded longer',
    why: 'the administrator sees what was backed up, and what failed',
    old: sql`began_at < now() - interval '90 days' and began_at < (select max(began_at) from backups where failure is null)`,
    swept: 'nightly',
  },
  { what: 'budget_scopes', kept: forever, why: 'what an organisation and its members may use' },
  { what: 'budgets', kept: forever, why: 'sums of the ledger; of an erased person under a random id' },
  { what: 'chosen_models', kept: forever, why: 'what an administrator chose' },
  {
    what: 'conversation_shares',
    kept: 'until the link is taken back, or 30 days after it expired',
    why: 'who has the link reads it',
    wished: true,
    old: isOver('expires_at', '30 days'),
    swept: 'nightly',
  },
  { what: 'conversation_summaries', kept: 'as long as the conversation', why: 'what the model reads in place of long histories', wished: true },
  {
    what: 'conversations',
    kept: 'as long as the account, or until nobody has used them for as long as an administrator or the person chose; temporary ones until they are left, at most a day after they were last used',
    why: 'the person keeps or deletes them',
    wished: true,
    old: sql`temporary and ${isOver('updated_at', '24 hours')}`,
    swept: 'hourly',
  },
  {
    what: 'erasures',
    kept: '30 days after the erasure ended',
    why: 'late work of an erased person is refused and removed by it; an id that names nobody',
    old: isOver('finished_at', '30 days'),
    swept: 'hourly',
  },
  { what: 'erasure_steps', kept: 'until the store has been emptied', why: 'what is left to erase' },
  { what: 'file_passages', kept: 'as long as the file', why: 'its text, which answers are made with', wished: true },
  { what: 'files', kept: withPerson, why: 'the person keeps or deletes them', wished: true },
  { what: 'folders', kept: withPerson, why: 'the person keeps or deletes them', wished: true },
  {
    what: 'failed_calls',
    kept: '30 days, or as long as the answer',
    why: 'an administrator sees what a provider said',
    old: isOver('failed_at', '30 days'),
    swept: 'nightly',
  },
  {
    what: 'former_customers',
    kept: '90 days after the subscription was ended',
    why: 'late events of the payment provider are known by it',
    old: isOver('ended_at', '90 days'),
    swept: 'nightly',
  },
  { what: 'group_members', kept: 'as long as somebody is in it', why: 'whom things are shared with', wished: true },
  { what: 'group_shares', kept: 'until they are taken back, or their person leaves', why: 'what others of an organisation may see', wished: true },
  {
    what: 'idempotent_answers',
    kept: '24 hours',
    why: 'a request that is repeated gets the first answer',
    old: isOver('created_at', '24 hours'),
    swept: 'hourly',
  },
  { what: 'identities', kept: withPerson, why: 'who the person is at an issuer; they disconnect it', wished: true },
  {
    what: 'imports',
    kept: withPerson,
    why: 'the newest twenty say what came in and what did not; the file itself goes as soon as it is read',
    wished: true,
  },
  { what: 'installation', kept: forever, why: 'the ceiling of the installation' },
  { what: 'installation_choices', kept: forever, why: 'what an administrator chose' },
  {
    what: 'kept_responses',
    kept: '30 days, or until they are deleted',
    why: 'a program that asked for it reads them again, and goes on from them',
    wished: true,
    old: isOver('created_at', '30 days'),
    swept: 'hourly',
  },
  {
    what: 'invitations',
    kept: '90 days after they expired; of an account that they let in, as long as that',
    why: 'an administrator sees who was let in',
    old: sql`expires_at < now() - interval '90 days' and accepted_by is null`,
    swept: 'nightly',
  },
  { what: 'kept_secrets', kept: forever, why: 'without it no memory is found' },
  { what: 'ledger', kept: forever, why: 'accounts; of an erased person under a random id' },
  {
    what: 'letters',
    kept: 'until they are sent, a day at most',
    why: 'a mail server may be away',
    old: isOver('created_at', '1 day'),
    swept: 'hourly',
  },
  {
    what: 'logout_tokens',
    kept: 'an hour after they expire',
    why: 'what an issuer said once is not heard again',
    old: isOver('expires_at', '1 hour'),
    swept: 'hourly',
  },
  { what: 'mcp_tools', kept: forever, why: 'which tools an operator approved' },
  { what: 'member_groups', kept: 'as long as the organisation', why: 'whom things are shared with', wished: true },
  {
    what: 'member_invitations',
    kept: '90 days after they expired; of a member whom they let in, as long as their account',
    why: 'an organisation sees who was let in',
    old: sql`expires_at < now() - interval '90 days' and accepted_by is null`,
    swept: 'nightly',
  },
  { what: 'members', kept: 'until they leave the organisation', why: 'who may see what is shared, and whose work it pays for', wished: true },
  { what: 'memories', kept: withPerson, why: 'what Jarvis remembers, until the person forgets it', wished: true },
  { what: 'memory_collections', kept: withPerson, why: 'whose each collection of before is, until it is moved' },
  { what: 'memory_people', kept: withPerson, why: 'whose memories of before were moved' },
  {
    what: 'memory_turns',
    kept: 'as long as the conversation, or until the person forgets all or what came from it',
    why: 'what was said is found again from other conversations',
    wished: true,
  },
  { what: 'messages', kept: 'as long as the conversation', why: 'the conversation itself', wished: true },
  { what: 'model_lessons', kept: 'until an administrator forgets it', why: 'how a model wants to be asked' },
  { what: 'model_providers', kept: forever, why: 'what an administrator added; keys are encrypted' },
  {
    what: 'passkey_challenges',
    kept: 'until a device has answered, or an hour after that is too late',
    why: 'an answer is taken once, and fresh',
    old: isOver('expires_at', '1 hour'),
    swept: 'hourly',
  },
  { what: 'organisation_subscriptions', kept: 'as long as the organisation', why: 'what an organisation pays for' },
  {
    what: 'organisations',
    kept: 'until an owner deletes it, or the last of its people is erased',
    why: 'who works together on one bill',
    wished: true,
  },
  { what: 'passkeys', kept: 'until the person removes them', why: 'the public halves of what their devices sign with', wished: true },
  { what: 'prompts', kept: withPerson, why: 'the person keeps or deletes them', wished: true },
  { what: 'push_keys', kept: forever, why: 'by what push services know this installation; its private half is encrypted' },
  {
    what: 'push_subscriptions',
    kept: 'until the person switches it off, signs out, or the browser is reached no more',
    why: 'browsers that are told what came while nobody was at the page',
    wished: true,
  },
  { what: 'recovery_codes', kept: 'until they are used, or others take their place', why: 'they stand in for a second factor', wished: true },
  { what: 'required_factors', kept: forever, why: 'what an administrator chose' },
  {
    what: 'one_time_tokens',
    kept: 'until they are used, or an hour after they expire',
    why: 'links of letters that work once',
    old: isOver('expires_at', '1 hour'),
    swept: 'hourly',
  },
  {
    what: 'refresh_tokens',
    kept: 'until a day after they expire, 31 days',
    why: 'a second use of a token shows a theft',
    old: isOver('expires_at', '1 day'),
    swept: 'hourly',
  },
  { what: 'reservations', kept: 'as long as the call of the model, at most minutes', why: 'what is set aside; orphans are given back each minute' },
  { what: 'retention_wishes', kept: withPerson, why: 'how long the person wants their conversations kept' },
  {
    what: 'run_steps',
    kept: 'a day after the run ended; 30 days when it paused for a person and nobody waits any more',
    why: 'another attempt goes on from them; they are copies of what tools returned',
    old: sql`exists (select from runs r where r.id = run_steps.run_id and (
      (r.status in ('succeeded', 'cancelled', 'failed') and r.finished_at < now() - interval '1 day')
      or (r.status = 'interrupted' and r.finished_at < now() - interval '30 days'
        and not exists (select from messages m where m.id = r.assistant_message_id and m.status = 'waiting'))))`,
    swept: 'nightly',
  },
  {
    what: 'runs',
    kept: '90 days after they ended',
    why: 'a message that is sent again is known by its run',
    old: sql`finished_at < now() - interval '90 days'
      and not exists (select from messages m where m.id = runs.assistant_message_id and m.status = 'waiting')`,
    swept: 'nightly',
  },
  { what: 'schedules', kept: 'until they are done, or the account is erased', why: 'what is to be done when' },
  { what: 'scim_groups', kept: 'until the directory deletes them', why: 'a directory says who is in which group' },
  { what: 'scim_members', kept: 'until the directory takes them out', why: 'a directory says who is in which group' },
  { what: 'scim_people', kept: withPerson, why: 'what a directory says of the person; whom it deletes it finds again' },
  { what: 'scim_tokens', kept: 'until an administrator deletes them', why: 'a directory shows them' },
  { what: 'screenshots', kept: '24 hours', why: 'shown in the conversation', old: isOver('created_at', '24 hours'), swept: 'hourly' },
  {
    what: 'sessions',
    kept: '31 days after they ended or were last used',
    why: 'a list of devices, and the addresses that signed in',
    old: sql`coalesce(revoked_at, last_seen_at) < now() - interval '31 days'`,
    swept: 'nightly',
  },
  {
    what: 'sign_on_attempts',
    kept: 'until the person is back, or an hour after that is too late',
    why: 'who comes back from an issuer is who left',
    old: isOver('expires_at', '1 hour'),
    swept: 'hourly',
  },
  { what: 'sign_on_sessions', kept: 'as long as the session', why: 'an issuer ends what it vouched for' },
  { what: 'standing_approvals', kept: 'as long as the conversation', why: 'the person need not be asked again' },
  {
    what: 'stripe_events',
    kept: '30 days',
    why: 'longer than Stripe repeats an event',
    old: isOver('received_at', '30 days'),
    swept: 'hourly',
  },
  { what: 'subscriptions', kept: withPerson, why: 'what a person pays for' },
  { what: 'sweeps', kept: forever, why: 'when each line here was last swept' },
  { what: 'terms_acceptances', kept: withPerson, why: 'who accepted which terms, and when' },
  { what: 'terms_versions', kept: forever, why: 'what was accepted, as it was' },
  { what: 'tool_floors', kept: forever, why: 'what an administrator chose' },
  { what: 'tool_policies', kept: withPerson, why: 'what the person chose' },
  { what: 'totp_factors', kept: 'until the person switches it off', why: 'the authenticator app; its secret is encrypted', wished: true },
  {
    what: 'users',
    kept: 'until the person, or the operator, erases them; 7 days where a letter has yet to confirm the address',
    why: 'the account',
    wished: true,
  },
  { what: 'v1_settings', kept: forever, why: 'what an administrator chose' },
  { what: 'words_accesses', kept: withPerson, why: 'the person sees which administrator read what they said, and why' },
]

/** The same of what is outside of the tables. */
export const keptElsewhere: Pick<Kept, 'what' | 'kept' | 'why'>[] = [
  { what: 'vectors of memories', kept: withPerson, why: 'memories are found by them; those of nobody are removed nightly' },
  { what: 'vectors of files', kept: 'as long as the file', why: 'passages are found by them; they hold no text' },
  { what: 'workspaces of the system tool', kept: withPerson, why: 'files of the person; those of nobody are removed hourly, on each machine' },
  {
    what: 'files that are kept',
    kept: withPerson,
    why: 'the person put them there; what belongs to no file or nobody is removed nightly, and what a process that died left half written, when it is a day old',
  },
  { what: 'events of runs', kept: 'an hour after the end, a day at most', why: 'a stream is taken up again' },
  { what: 'counters of limits', kept: 'as long as their window, an hour at most', why: 'requests and tries are limited' },
  { what: 'answers of models at temperature 0', kept: 'an hour', why: 'who asks the same is answered at once and for free' },
  { what: 'jobs that are done', kept: 'a day, without their content', why: 'the same job is not done twice' },
  { what: 'jobs that failed', kept: 'a week', why: 'an operator can look; ids, no text' },
  { what: 'remains in the files of the embedded engines', kept: 'a day', why: 'what was deleted is written over nightly' },
]
