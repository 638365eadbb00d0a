import { parseArgs } from 'node:util'
import { Email, Name, Password } from '@jarvis/contracts/accounts.ts'
import { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import '#lib/plain-issues.ts'
import { describeError, sayError } from '#lib/describe-error.ts'
import { AppError } from '#lib/app-error.ts'
import { linesOf } from '#lib/lines.ts'
import { toAppError } from '#lib/to-app-error.ts'
import { ConfigError, readConfig } from './config.ts'

const usage = `Usage: npm run jarvis -- <command>

  user create <email> <name> [--role user|enterprise|admin]   the password is read from standard input
  user invite <email> [--role …] [--plan …] [--days 7] [--link]   by letter, or with --link, or without SMTP_URL, a link to hand over
  user list [words]               everybody, or those whose email or name has these words
  user promote <email> <role>
  user plan <email> <plan>
  user disable <email>            user enable <email>
  user password <email> [--link]  set a new password, read from standard input; ends all sessions. --link prints a link to set it by
  user reset-factors <email>      take away the second factors of somebody who has lost theirs; ends all sessions
  user delete <email> [--yes]     erase the account and all that belongs to it; asks for the email again without --yes
  migrate                         bring the database up to date
  audit verify                    prove that no audit row was changed, removed or added
  ledger verify                   prove that the ledger balances and that every counter is its sum
  billing reconcile               compare every subscription with Stripe and mend what differs
  mcp list                        the tools that MCP servers describe, and which of them wait for approval
  mcp approve <tool> <fingerprint>   offer a tool as it was described when it was listed
  backup [file]                   the whole installation in one file, or to BACKUP_URL, while it runs
  backup list                     what is in BACKUP_URL
  backup verify [file|name]       read a backup to its end: a file, one of BACKUP_URL, or its newest
  restore <file|name|latest>      fill an empty installation from it
  promote --to-database <url> --to-chroma <url>   move this installation to servers, and compare
  doctor                          check the settings and every engine
  score guard|memory|router       JSON lines in, JSON lines out
  eval memory [--train|--speed]   how well, or how fast, memories are found; --train writes the ranker's weights anew
  eval files [folder]             how often the right page of a folder of documents is among the first five that are found
  eval guard|router [path]        the guard's, or the router's, figures on labelled data
  eval guard --held-out [path]    the same for sources that the model does not know; trains six models
`

const commands: Record<string, (args: string[]) => Promise<void>> = {
  'user create': async ([email, name, flag, role]) => {
    const body = { email: Email.parse(email), name: Name.parse(name), password: Password.parse(await readLine('Password: ')) }
    const user = await withAccounts(({ accounts }) => accounts.createUser(body, flag === '--role' ? Role.parse(role) : 'user'))
    console.log(`Created ${user.email} (${user.role}).`)
  },
  'user invite': async (args) => {
    const options = { role: { type: 'string' }, plan: { type: 'string' }, days: { type: 'string', default: '7' }, link: { type: 'boolean' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const days = z.coerce.number().int().min(1).max(365).parse(values.days)
    const body = {
      email: Email.parse(positionals[0]),
      ...(values.role !== undefined && { role: Role.parse(values.role) }),
      ...(values.plan !== undefined && { plan: PlanId.parse(values.plan) }),
      ...(values.link && { delivery: 'link' as const }),
      expiresAt: new Date(Date.now() + days * 86_400_000).toISOString(),
    }
    const { email, role, plan, url } = await withAccounts(({ accounts }) => accounts.invitations.invite(body, { source: 'operator' }))
    console.log(`${email} is invited as ${role}, plan ${plan}, for ${days} days.`)
    console.log(url === null ? 'The server sends the letter within two minutes, or when it starts.' : `Hand this link over; it works once:\n${url}`)
  },
  'user promote': async ([email, role]) => changeUser(email, { role: Role.parse(role) }),
  'user plan': async ([email, plan]) => changeUser(email, { plan: PlanId.parse(plan) }),
  'user disable': async ([email]) => changeUser(email, { disabled: true }),
  'user list': (words) =>
    withAccounts(async ({ accounts }) => {
      let count = 0
      for await (const { email, name, role, plan, disabled, createdAt } of accounts.list(words.join(' '))) {
        count++
        console.log([email, role, plan, disabled ? 'disabled' : 'active', createdAt.slice(0, 10), name].map(printable).join('  '))
      }
      if (count === 0)
        console.log(words.length > 0 ? 'Nobody has these words in email or name.' : 'There are no accounts yet. Make one with "user create".')
    }),
  'user password': async ([given, flag]) => {
    const email = Email.parse(given)
    if (flag === '--link') {
      const { url } = await withAccounts(async ({ accounts }) =>
        accounts.endPassword(await accounts.idOf(email), { delivery: 'link' }, { source: 'operator' }),
      )
      console.log(`${email} is signed out everywhere, and sets a new password here, once, within 24 hours:\n${url}`)
      return
    }
    await withAccounts(async ({ accounts }) => {
      // Nobody types a password for an account that is not there.
      await accounts.idOf(email)
      await accounts.setPassword(email, Password.parse(await readLine('New password: ')))
    })
    console.log(`${email} has a new password, and is signed out everywhere. API keys stay.`)
  },
  'user reset-factors': async ([given]) => {
    const email = Email.parse(given)
    await withAccounts(async ({ accounts }) => accounts.factors.reset(await accounts.idOf(email), { source: 'operator' }))
    console.log(`${email} signs in by the password alone, and is signed out everywhere.`)
  },
  'user delete': async ([given, flag]) => {
    const email = Email.parse(given)
    const isDone = await withAccounts(async ({ accounts, erase }) => {
      await accounts.idOf(email)
      if (flag !== '--yes' && (await readLine(`This erases ${email} and all that belongs to them, for good. Type the email to go on: `)) !== email) {
        throw new AppError('conflict', 'Nothing was erased: the email was not typed again. --yes goes on without asking.')
      }
      return await erase(email)
    })
    console.log(isDone ? `${email} is erased.` : `${email} is closed. What is left is erased by the server, or when it starts next.`)
  },
  'user enable': async ([email]) => changeUser(email, { disabled: false }),
  migrate: () => withAccounts(async () => console.log('The database is up to date.')),
  'audit verify': () =>
    withAccounts(async ({ audit }) => {
      const verdict = await audit.verify()
      const { rows, firstBadId, unknown, firstUnknownId } = verdict
      if (firstBadId !== null) throw new AppError('conflict', `The audit is broken at row ${firstBadId}: ${rows} rows before it are sound.`)
      if (unknown > 0)
        throw new AppError(
          'conflict',
          `A newer version of Jarvis wrote ${unknown} of the audit's ${rows} rows, the first of them ${firstUnknownId}: verify with that version. The other rows are sound.`,
        )
      console.log(`The audit is sound: ${rows} rows, each chained to the one before.`)
    }),
  'ledger verify': () =>
    withAccounts(async ({ verifyLedger }) => {
      const { entries, transactions, openReservations, balances, differences } = await verifyLedger()
      console.log(`${entries} entries, ${transactions} transactions, ${openReservations} reservations open.`)
      for (const { account, tokens, microUsd } of balances) console.log(`${account.padEnd(9)} ${tokens} tokens, ${microUsd} micro-dollars`)
      for (const line of differences) console.error(line)
      if (differences.length > 0) throw new AppError('conflict', 'The ledger does not balance.')
      console.log('The ledger balances: every transaction is closed or open as reserved, and every counter is its sum.')
    }),
  'billing reconcile': () =>
    withAccounts(async ({ subscriptions }) => {
      const { checked, repaired, unknown } = await subscriptions.reconcile()
      console.log(`${checked} live subscriptions compared, ${repaired} mended, ${unknown} of customers that no account here has.`)
    }),
  'mcp list': () =>
    withAccounts(async ({ openMcpApprovals }) => {
      const tools = await (await openMcpApprovals()).list()
      for (const { name, toldName, fingerprint, isApproved, leftOut, description } of tools) {
        const told = name.endsWith(`__${toldName}`) ? '' : `  (its server calls it ${JSON.stringify(printable(toldName))})`
        const state = leftOut === null ? `${fingerprint}  ${isApproved ? 'approved' : 'WAITS FOR APPROVAL'}` : 'LEFT OUT'
        console.log(`${name}  ${state}${told}\n    ${printable(leftOut ?? description)}`)
      }
      if (tools.length === 0) console.log('No MCP server has listed a tool yet.')
    }),
  'mcp approve': ([name = '', fingerprint = '']) =>
    withAccounts(async ({ openMcpApprovals }) => {
      await (await openMcpApprovals()).approve(name, fingerprint)
      console.log(`${name} is approved as ${fingerprint}.`)
    }),
  backup: async ([file]) => {
    const { runBackup } = await import('./maintenance.ts')
    await runBackup(readConfig(), file, console.log)
  },
  'backup list': async () => {
    const { listBackups } = await import('./maintenance.ts')
    await listBackups(readConfig(), console.log)
  },
  'backup verify': async ([from = 'latest']) => {
    const { verifyBackup } = await import('./maintenance.ts')
    await verifyBackup(readConfig(), from, console.log)
  },
  restore: async ([file]) => {
    const { runRestore } = await import('./maintenance.ts')
    await runRestore(readConfig(), z.string().parse(file), console.log)
  },
  promote: async (args) => {
    const { runPromote } = await import('./maintenance.ts')
    const options = { 'to-database': { type: 'string' }, 'to-chroma': { type: 'string' } } as const
    const { values } = parseArgs({ args, options })
    await runPromote(readConfig(), { databaseUrl: z.url().parse(values['to-database']), chromaUrl: z.url().parse(values['to-chroma']) }, console.log)
  },
  doctor: async () => {
    const { doctor } = await import('./doctor.ts')
    if (!(await doctor(readConfig(), console.log))) process.exitCode = 1
  },
  'score guard': async () => {
    const { scoreGuardLines } = await import('#features/guard/index.ts')
    const ok = await scoreGuardLines(linesOf(process.stdin), (line) => process.stdout.write(`${line}\n`))
    if (!ok) process.exitCode = 1
  },
  'score memory': async () => {
    const [{ scoreMemoryLines }, { openWordVectors }] = await Promise.all([
      import('#features/memory/index.ts'),
      import('#ports/models/word-vectors.ts'),
    ])
    const ok = await scoreMemoryLines(linesOf(process.stdin), openWordVectors(), (line) => process.stdout.write(`${line}\n`))
    if (!ok) process.exitCode = 1
  },
  'eval memory': async ([flag]) => {
    const { printMemoryEval, printMemorySpeed, trainMemory } = await import('./eval-memory.ts')
    if (flag === '--train') trainMemory()
    else if (flag === '--speed') printMemorySpeed()
    else printMemoryEval()
  },
  'score router': async () => {
    const { createRouter, openAiTable, scoreRouterLines } = await import('#features/router/index.ts')
    const ok = await scoreRouterLines(createRouter(openAiTable, { practice: false }), linesOf(process.stdin), (line) =>
      process.stdout.write(`${line}\n`),
    )
    if (!ok) process.exitCode = 1
  },
  'eval router': async ([path = '../shared/data/router/dev.jsonl']) => {
    const { printRouterEval } = await import('./eval.ts')
    printRouterEval(path)
  },
  'eval files': async ([folder = 'api/test/fixtures/documents/library']) => {
    const { printFilesEval } = await import('./eval-files.ts')
    await printFilesEval(folder)
  },
  eval: async (args) => {
    const { printGuardEval, printGuardHeldOut } = await import('./eval.ts')
    const print = args.includes('--held-out') ? printGuardHeldOut : printGuardEval
    print(args.find((arg) => arg.endsWith('.jsonl')) ?? '../shared/data/guard/dev.jsonl')
  },
}

try {
  const [first = '', second = '', ...rest] = process.argv.slice(2)
  const two = commands[`${first} ${second}`]
  const one = commands[first]
  if (two) await two(rest)
  else if (one) await one([second, ...rest].filter(Boolean))
  else {
    console.error(usage)
    process.exitCode = first === '' || first === 'help' || first === '--help' ? 0 : 2
  }
} catch (error) {
  console.error(explain(error))
  // EX_TEMPFAIL: another try may help. Kubernetes starts the migration again for this code alone.
  process.exitCode = toAppError(error).code === 'unavailable' ? 75 : 1
}

async function changeUser(email: string | undefined, change: { role?: Role; plan?: PlanId; disabled?: boolean }): Promise<void> {
  const user = await withAccounts(({ accounts }) => accounts.change(Email.parse(email), change))
  console.log(`${user.email}: role ${user.role}, plan ${user.plan}${change.disabled ? ', disabled' : ''}.`)
}

type Accounts = Awaited<ReturnType<(typeof import('./operator.ts'))['openOperator']>>

/** Only what these commands need, so that they start quickly and beside a server that runs. */
async function withAccounts<Result>(work: (operator: Accounts) => Promise<Result>): Promise<Result> {
  const { openOperator } = await import('./operator.ts')
  await using operator = await openOperator(readConfig())
  return await work(operator)
}

/** A server's words, or a person's, must not steer the operator's terminal. Functions, since the commands above run before a constant below is set. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
}

async function readLine(prompt: string): Promise<string> {
  process.stderr.write(prompt)
  for await (const line of linesOf(process.stdin)) return line.replace(/\r$/, '')
  throw new AppError('invalid_request', 'Nothing came on standard input.')
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join('\n')
  if (error instanceof AppError) return error.message
  if (error instanceof z.core.$ZodError) {
    const choices = error.issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []))
    return `An argument is missing or not valid${choices.length > 0 ? `: one of ${choices.join(', ')} is expected` : ''}. Run without arguments for the usage.`
  }
  const { stack } = describeError(error)
  return stack ? `${sayError(error)}\n${stack}` : sayError(error)
}
