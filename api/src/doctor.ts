import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { openPlace } from '#ports/blobs/index.ts'
import { openDatabase } from '#ports/database/index.ts'
import { openOutward } from '#ports/proxy/index.ts'
import { checkRedis, openRedis } from '#ports/redis/index.ts'
import { bubblewrapFault, openSandbox } from '#ports/sandbox/index.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Config } from './config.ts'
import type { PlaceConfig } from './config/place.ts'
import type { Proxies } from './config/proxies.ts'
import { tryIssuer } from './doctor-issuers.ts'
import { tryOwnProvider } from './doctor-models.ts'
import { sayFailure } from './doctor-says.ts'
import { identityTable } from './identity-table.ts'
import { openMail, openPayments } from './open-ports.ts'

const signOnAdvice = {
  oidc: 'Check that its issuer is named letter for letter as in its /.well-known/openid-configuration, and can be reached from here.',
  saml: 'Take its certificate of now out of its metadata.',
  ldap: 'Check its address, caFile, bindDn with its password, and peopleBase.',
}

type Check = { name: string; advice: string; run(): Promise<string> }

/** Tries every engine that the settings name and says what to do about each that fails. Returns whether all is well. */
export async function doctor(config: Config, print: (line: string) => void): Promise<boolean> {
  const { dataDir, databaseUrl, chromaUrl, redisUrl, provider, payments } = config
  const checks: Check[] = [
    {
      name: databaseUrl ? 'PostgreSQL (DATABASE_URL)' : 'PostgreSQL (embedded)',
      advice: 'Check DATABASE_URL, or unset it to use the embedded server.',
      async run() {
        await using database = await openDatabase({ dataDir, ...(databaseUrl && { url: databaseUrl }) })
        await database.ping()
        const { rows } = await database.pool.query<{ server_version: string }>('show server_version')
        return rows[0]!.server_version
      },
    },
    {
      name: chromaUrl ? 'Chroma (CHROMA_URL)' : 'Chroma (embedded)',
      advice: 'Check CHROMA_URL, or unset it to use the embedded server. Chat works without it, but remembers nothing.',
      async run() {
        await using vectors = await openVectors({ dataDir, ...(chromaUrl && { url: chromaUrl }) })
        await vectors.ping()
        return 'answers'
      },
    },
  ]
  if (redisUrl) {
    checks.push({
      name: 'Redis (REDIS_URL)',
      advice: 'Check REDIS_URL, or unset it when there is only one process.',
      async run() {
        await using redis = await openRedis(redisUrl)
        await checkRedis(redis)
        return 'answers and takes writes'
      },
    })
  }
  checks.push({
    name: 'Files (BLOBS_URL)',
    advice:
      config.blobs.kind === 's3'
        ? 'Check host, bucket, region, key and secret of BLOBS_URL, and that the key may list, read, write and delete.'
        : 'Name a bucket in BLOBS_URL, or a folder that all processes share and may write to.',
    run: () => tryPlace(config.blobs, config.proxies),
  })
  const { backups } = config
  if (backups) {
    checks.push({
      name: 'Backups (BACKUP_URL)',
      advice: 'Check BACKUP_URL: the folder has to be ours to write; of a bucket the host, region, key and secret, and the right to list and delete.',
      run: () => tryPlace(backups.place, config.proxies),
    })
  } else print('· Backups: BACKUP_URL is not set, so none are made by themselves.')
  if (config.mail.kind === 'smtp') {
    checks.push({
      name: 'Mail (SMTP_URL)',
      advice: 'Check host, port, user and password of SMTP_URL. An authority of your own is named by NODE_EXTRA_CA_CERTS; ?tls=off goes without TLS.',
      async run() {
        await using mail = await openMail(config, createLog('silent'))
        await mail.verify()
        return 'lets us sign in'
      },
    })
  } else print('· Mail: SMTP_URL is not set, so letters stand in the log, and administrators hand links over.')
  const { providers } = identityTable(config)
  for (const one of providers)
    checks.push({
      name: `Sign-in with ${one.name} (${one.id})`,
      advice: signOnAdvice[one.kind],
      run: () => tryIssuer(one, config),
    })
  if (config.systemTool.kind === 'safe') {
    checks.push({
      name: 'Sandbox (SYSTEM_TOOL)',
      advice: 'Install bubblewrap, allow user namespaces, or set SYSTEM_TOOL=off.',
      async run() {
        await openSandbox({ dataDir })
        return 'commands run in it'
      },
    })
  }
  if (provider.kind === 'openai') {
    checks.push({
      name: 'Models (OPENAI_BASE_URL)',
      advice: 'Check OPENAI_BASE_URL and OPENAI_API_KEY.',
      run: () => tryOwnProvider({ ...config, provider }),
    })
  } else print('· Models: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set, so the practice model answers.')

  if (config.browser.kind === 'none') print('· Browser: there is no Chromium on the PATH, so there is no browser tool. BROWSER_EXECUTABLE names one.')
  else {
    const fault = await bubblewrapFault()
    print(
      fault === null
        ? '✓ PDF reader: runs in bubblewrap'
        : `· PDF reader: ${fault}. PDF files are read by a process with limits, which could reach the network if one took it over.`,
    )
  }
  if (payments.kind === 'stripe') {
    checks.push({
      name: 'Stripe (STRIPE_SECRET_KEY)',
      advice: 'Check STRIPE_SECRET_KEY and the STRIPE_PRICE_ settings; docs/billing.md tells what they need.',
      async run() {
        const stripe = await openPayments(config, openOutward(config.proxies))
        const priceIds = payments.offers.flatMap((offer) => offer.priceIds)
        for (const id of priceIds) {
          const price = await stripe.price(id).catch((error: Error) => Promise.reject(error.cause instanceof Error ? error.cause : error))
          if (price === null) throw new Error(`${id} is a price without a fixed amount`)
        }
        return `knows the ${priceIds.length} prices`
      },
    })
  } else print('· Stripe: no STRIPE_ settings, so billing is off.')

  const results = await Promise.all(checks.map((check) => examine(check, print)))
  return results.every(Boolean)
}

/** Writes, reads and removes, as the server will. */
async function tryPlace(config: PlaceConfig, proxies: Proxies): Promise<string> {
  using place = await openPlace(config, proxies)
  const name = `doctor-${newId()}`
  const probe = Buffer.from('A probe of the doctor.')
  await place.put(name, Readable.from([probe]))
  const back = await place.get(name)
  const isSame = back !== null && (await buffer(back)).equals(probe)
  await place.remove(name)
  if (!isSame) throw new Error('what was written is not what is read')
  return 'takes, gives back and removes'
}

async function examine({ name, advice, run }: Check, print: (line: string) => void): Promise<boolean> {
  try {
    print(`✓ ${name}: ${await run()}`)
    return true
  } catch (error) {
    print(sayFailure(name, error, advice))
    return false
  }
}
