import { AppError } from '#lib/app-error.ts'

type Owner = { email: string; name: string }

/** Nearly 50,000 passwords that were found in leaks; read when the first password is chosen. */
let common: Promise<ReadonlySet<string>> | undefined
const loadCommon = async () => new Set((await import('@zxcvbn-ts/language-common')).dictionary['passwords-common'])

/**
 * Refuses what is guessed first: a password of the list, in whatever case, the person's own name or email, one character again and again
 * (NIST SP 800-63B §3.1.1.2). @throws invalid_request that names the field
 */
export async function requireGoodPassword(password: string, { email, name }: Owner, field: 'password' | 'next'): Promise<void> {
  common ??= loadCommon()
  const said = plain(password)
  const own = [email, email.split('@')[0]!, name].map(plain)
  if (own.includes(said)) throw weak(field, 'This is your own name or email, which is guessed first. Choose another one.')
  if ((await common).has(said) || new Set(said).size === 1)
    throw weak(field, 'This password is among the first that are guessed. Choose another one, such as a few words that do not belong together.')
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase().trim()

const weak = (path: string, message: string) => new AppError('invalid_request', message, { errors: [{ path, message }] })
