import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { createLeases, type Held, type Leases } from './leases.ts'
import { claimStopped, endLeases, leaseMs } from './line.ts'
import { LeaseLost } from './run.ts'

let dataDir: string
let database: Database

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jarvis-leases-'))
  database = await openDatabase({ dataDir })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

const silentMs = leaseMs / 2
const graceMs = 2500
const log = createLog('silent')

/** What the model knows of a run. */
type ModelRun = {
  id: string
  conversation: string
  status: 'absent' | 'queued' | 'running' | 'succeeded' | 'cancelled'
  attempt: number
  owner: string | null
  /** What is left of its lease; null when nobody has one. */
  leftMs: number | null
  hangs: number
  losses: number
  breaks: number
  isStopped: boolean
}
/** A process: its leases, a connection by which the database knows that it lives, and what the model knows of it. */
type Process = {
  owner: string
  connection: pg.Client
  leases: Leases
  held: { held: Held; validUntil: number }[]
  computedMs: number
  sentAt: number
  sentComputedMs: number
  reachedAt: number
  takeOverFrom: number
}

class World {
  now = 0
  frozenAt = ''
  runs: ModelRun[] = []
  processes: Process[] = []

  async open(): Promise<void> {
    const user = newId()
    await database.db.execute(sql`delete from users`)
    await database.db.execute(
      sql`insert into users (id, email, name, password_hash, role) values (${user}, ${`${user}@example.com`}, 'Ada', 'x', 'user')`,
    )
    const conversations = [newId(), newId(), newId()]
    for (const id of conversations) await database.db.execute(sql`insert into conversations (id, user_id) values (${id}, ${user})`)
    // Two of them stand one behind the other.
    for (const conversation of [conversations[0]!, ...conversations]) {
      const id = newId()
      await database.db.execute(sql`
        insert into runs (id, user_id, conversation_id, message_id, assistant_message_id) values (${id}, ${user}, ${conversation}, ${newId()}, ${newId()})`)
      this.runs.push({ id, conversation, status: 'queued', attempt: 0, owner: null, leftMs: null, hangs: 0, losses: 0, breaks: 0, isStopped: false })
    }
    this.processes = [await this.start(), await this.start()]
    await this.freeze()
  }

  async start(): Promise<Process> {
    const owner = newId()
    const connection = new pg.Client({ ...database.connection, application_name: `jarvis ${owner}` })
    await connection.connect()
    const own: Omit<Process, 'leases'> & { leases?: Leases } = {
      owner,
      connection,
      held: [],
      computedMs: 0,
      sentAt: this.now,
      sentComputedMs: 0,
      reachedAt: this.now,
      takeOverFrom: -Infinity,
    }
    const leases = createLeases({ db: database.db, owner, log, clock: () => this.now, computed: () => own.computedMs })
    return Object.assign(own, { leases })
  }

  /** The database's time stands still between two commands, so that a slow machine changes nothing. */
  async freeze(): Promise<void> {
    const { rows } = await database.pool.query<{ at: string }>('select clock_timestamp()::text as at')
    this.frozenAt = rows[0]!.at
  }
  async thaw(): Promise<void> {
    await database.pool.query('update runs set lease_until = lease_until + (clock_timestamp() - $1::timestamptz)', [this.frozenAt])
  }

  async pass(ms: number): Promise<void> {
    this.now += ms
    await database.pool.query(`update runs set lease_until = lease_until - $1 * interval '1 ms'`, [ms])
    for (const run of this.runs) if (run.leftMs !== null) run.leftMs -= ms
  }

  reached(it: Process, sentAt: number): void {
    if (sentAt - it.reachedAt > silentMs) it.takeOverFrom = this.now + graceMs
    it.reachedAt = sentAt
  }

  runOf = ({ run }: Held) => this.runs.find(({ id }) => id === run.id)!
  isNewest = (held: Held) => this.runOf(held).attempt === held.run.attempt && this.runOf(held).status === 'running'

  /** The model of a beat. */
  beats(it: Process): void {
    const silence = this.now - it.sentAt
    const isHung = silence > leaseMs && it.computedMs - it.sentComputedMs > leaseMs / 2
    Object.assign(it, { sentAt: this.now, sentComputedMs: it.computedMs })
    if (isHung) {
      for (const { held } of it.held) this.returned(held, { hangs: 1 })
      it.held = []
    } else if (it.held.length > 0) {
      this.reached(it, this.now)
      for (const own of it.held) {
        if (!this.isNewest(own.held)) continue
        this.runOf(own.held).leftMs = leaseMs
        own.validUntil = this.now + leaseMs
      }
    }
  }

  /** The model of a lease that is given back. */
  returned(held: Held, { hangs = 0, breaks = 0, pauseMs = 0 }): void {
    const run = this.runOf(held)
    if (!this.isNewest(held)) return
    Object.assign(run, { owner: null, leftMs: pauseMs, hangs: run.hangs + hangs, breaks: run.breaks + breaks })
  }

  /** The model of a claim: which runs are free. */
  free(it: Process): ModelRun[] {
    const takeOver = this.now - it.reachedAt <= silentMs && this.now >= it.takeOverFrom
    const isLive = ({ status }: ModelRun) => status === 'queued' || status === 'running'
    const first = this.runs.filter(
      (run) =>
        isLive(run) &&
        !this.runs.some(
          (other) => other !== run && other.conversation === run.conversation && isLive(other) && this.runs.indexOf(other) < this.runs.indexOf(run),
        ),
    )
    const free = first.filter(({ status, leftMs, owner }) => status === 'queued' || (leftMs! <= 0 && (owner === null || takeOver)))
    let suspects = it.held.some(({ held }) => held.run.hangs > 0) ? 0 : 1
    return free.filter(({ hangs }) => hangs === 0 || suspects-- > 0)
  }

  /** What every command must leave true. */
  async check(): Promise<void> {
    const { rows } = await database.pool.query<Record<string, unknown>>(
      `select id, status, attempt, lease_owner, hangs, losses, breaks, lease_until is null as is_free,
        lease_until <= $1::timestamptz as is_over, cancel_requested_at is not null as is_stopped from runs order by position`,
      [this.frozenAt],
    )
    expect(rows).toEqual(
      this.runs.map(({ id, status, attempt, owner, hangs, losses, breaks, leftMs, isStopped }) => ({
        id,
        status,
        attempt,
        lease_owner: owner,
        hangs,
        losses,
        breaks,
        is_free: leftMs === null,
        is_over: leftMs === null ? null : leftMs <= 0,
        is_stopped: isStopped,
      })),
    )
    for (const run of this.runs) {
      const sure = this.processes
        .flatMap(({ held }) => held)
        .filter(({ held, validUntil }) => held.run.id === run.id && validUntil > this.now && !held.controller.signal.aborted)
      expect(sure.length, 'attempts that may go on with one run').toBeLessThanOrEqual(1)
      for (const { held } of sure) expect(held.run.attempt).toBe(run.attempt)
    }
  }

  async close(): Promise<void> {
    for (const { connection } of this.processes) await connection.end()
  }
}

type Command = fc.AsyncCommand<World, World>

/** A command that finds the database as the one before left it, and leaves everything as the model says. */
const command = (name: string, work: (world: World) => Promise<void>): Command => ({
  check: () => true,
  async run(world) {
    await world.thaw()
    await work(world)
    for (const { leases } of world.processes) await leases.flush()
    await world.freeze()
    await world.check()
  },
  toString: () => name,
})

async function claimAs(world: World, it: Process): Promise<void> {
  if (world.now - it.reachedAt > silentMs) world.beats(it)
  const expected = world.free(it)
  const { now } = world
  const claimed = await it.leases.claim(10)
  world.reached(it, now)
  expect(claimed.map(({ run }) => run.id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
  for (const run of expected) {
    if (run.status === 'running' && run.owner !== null) {
      if (world.processes.some(({ owner }) => owner === run.owner)) run.hangs++
      else run.losses++
    }
    Object.assign(run, { status: 'running', attempt: run.attempt + 1, owner: it.owner, leftMs: leaseMs })
  }
  for (const held of claimed) {
    expect(held.run).toMatchObject({ attempt: world.runOf(held).attempt, hangs: world.runOf(held).hangs })
    expect(held.controller.signal.aborted).toBe(world.runOf(held).isStopped)
    // An earlier attempt of the same process is told at once.
    for (const { held: earlier } of it.held) if (earlier.run.id === held.run.id) expect(earlier.controller.signal.aborted).toBe(true)
    it.held.push({ held, validUntil: now + leaseMs })
  }
}

const commands = [
  fc.nat(1).map((index) => command(`claim by ${index}`, (world) => claimAs(world, world.processes[index]!))),
  fc.nat(1).map((index) =>
    command(`take-over by ${index}`, async (world) => {
      await world.pass(9000)
      await claimAs(world, world.processes[index]!)
      await world.pass(3000)
      await claimAs(world, world.processes[index]!)
    }),
  ),
  fc.nat(1).map((index) =>
    command(`renew by ${index}`, async (world) => {
      const it = world.processes[index]!
      const before = it.held.filter(({ held }) => !held.controller.signal.aborted)
      world.beats(it)
      await it.leases.beat()
      for (const { held } of before) {
        const { signal } = held.controller
        const isKept = it.held.some((own) => own.held === held) && world.isNewest(held)
        if (isKept && world.runOf(held).isStopped) expect(signal.reason).toBe(stoppedByPerson)
        else expect(signal.aborted).toBe(!isKept)
      }
    }),
  ),
  fc.constantFrom(1000, 3000, 9000).map((ms) => command(`${ms} ms pass`, (world) => world.pass(ms))),
  fc.nat(1).map((index) =>
    command(`hang of ${index}`, async (world) => {
      world.processes[index]!.computedMs += 9000
      await world.pass(9000)
    }),
  ),
  fc.nat(1).map((index) =>
    command(`death of ${index}`, async (world) => {
      const dead = world.processes[index]!
      await dead.connection.end()
      const gone = 'select count(*)::int as count from pg_stat_activity where application_name = $1'
      await expect.poll(async () => (await database.pool.query(gone, [`jarvis ${dead.owner}`])).rows[0].count).toBe(0)
      world.processes[index] = await world.start()
    }),
  ),
  fc.tuple(fc.nat(1), fc.nat(3)).map(([index, which]) =>
    command(`finish of ${which} by ${index}`, async (world) => {
      const it = world.processes[index]!
      const own = it.held[which]
      if (!own) return
      const { held } = own
      const run = world.runOf(held)
      const end = held.controller.signal.reason === stoppedByPerson ? 'cancelled' : 'succeeded'
      // The fence of every statement that stores something.
      const { rowCount } = await database.pool.query(
        `update runs set status = $3, finished_at = now() where id = $1 and attempt = $2 and status = 'running'`,
        [run.id, held.run.attempt, end],
      )
      expect(rowCount).toBe(world.isNewest(held) ? 1 : 0)
      it.held.splice(which, 1)
      if (rowCount === 0) return it.leases.abandon(held)
      Object.assign(run, { status: end, owner: null, leftMs: null })
      it.leases.end(held, 1)
    }),
  ),
  fc.tuple(fc.nat(1), fc.nat(3), fc.constantFrom({}, { breaks: 1 }, { pauseMs: 1500 })).map(([index, which, why]) =>
    command(`give back ${which} by ${index} ${JSON.stringify(why)}`, async (world) => {
      const it = world.processes[index]!
      const [own] = it.held.splice(which, 1)
      if (!own) return
      world.returned(own.held, why)
      it.leases.abandon(own.held, why)
    }),
  ),
  // As execute.ts does with what was aborted, sooner or later.
  fc.nat(1).map((index) =>
    command(`clean-up of ${index}`, async (world) => {
      const it = world.processes[index]!
      const isOver = ({ controller: { signal } }: Held) => signal.aborted && signal.reason !== stoppedByPerson
      for (const { held } of it.held.filter(({ held }) => isOver(held))) {
        world.returned(held, {})
        it.leases.abandon(held)
      }
      it.held = it.held.filter(({ held }) => !isOver(held))
    }),
  ),
  fc.nat(1).map((index) =>
    command(`hand over by ${index}`, async (world) => {
      world.processes[index]!.leases.abandonAll()
    }),
  ),
  fc.tuple(fc.nat(1), fc.nat(3)).map(([index, which]) =>
    command(`${index} asks whether it may go on with ${which}`, async (world) => {
      const it = world.processes[index]!
      const own = it.held[which]
      if (!own) return
      const isStale = world.now >= own.validUntil
      if (isStale) world.beats(it)
      const isOver = own.held.controller.signal.aborted && own.held.controller.signal.reason !== stoppedByPerson
      // One that is not stale is believed; what it then writes is fenced.
      const mayGoOn = !isOver && (!isStale || (world.isNewest(own.held) && it.held.includes(own)))
      const asked = it.leases.assure(own.held)
      if (mayGoOn) await expect(asked).resolves.toBeUndefined()
      else await expect(asked).rejects.toThrow(LeaseLost)
    }),
  ),
  fc.nat(3).map((which) =>
    command(`stop of ${which}`, async (world) => {
      const run = world.runs[which]!
      const stopped = await claimStopped(database.db, world.processes[0]!.owner, sql`id = ${run.id}`)
      expect(stopped.map(({ id }) => id)).toEqual(run.status === 'queued' ? [run.id] : [])
      if (run.status === 'queued') {
        // The process that is asked for the stop ends it on the spot.
        await database.pool.query(`update runs set status = 'cancelled', finished_at = now() where id = $1 and attempt = $2`, [
          run.id,
          run.attempt + 1,
        ])
        await endLeases(database.db, [{ id: run.id, attempt: run.attempt + 1, lastSeq: 2 }])
        Object.assign(run, { status: 'cancelled', attempt: run.attempt + 1, isStopped: true })
      } else if (run.status === 'running') {
        await database.pool.query('update runs set cancel_requested_at = now() where id = $1', [run.id])
        run.isStopped = true
      }
    }),
  ),
]

test('whatever processes do, renew, pause, hang, die, hand over and stop: each run has one attempt that may write, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 50, size: 'max' }), async (steps) => {
      const world = new World()
      await world.open()
      try {
        await fc.asyncModelRun(() => ({ model: world, real: world }), steps)
        // A healthy process gets every run that has not ended, one after the other.
        await world.thaw()
        for (const it of world.processes) await it.leases.flush()
        const healthy = await world.start()
        world.processes.push(healthy)
        for (let round = 0; round < 12; round++) {
          await world.pass(3000)
          await healthy.leases.beat()
          for (const held of await healthy.leases.claim(10)) {
            const done = await database.pool.query(
              `update runs set status = 'succeeded', finished_at = now() where id = $1 and attempt = $2 and status = 'running'`,
              [held.run.id, held.run.attempt],
            )
            expect(done.rowCount).toBe(1)
            healthy.leases.end(held, 1)
          }
        }
        const { rows } = await database.pool.query(`select id from runs where status in ('queued', 'running')`)
        expect(rows).toEqual([])
      } finally {
        await world.close()
      }
    }),
    { numRuns: 25 },
  )
})
