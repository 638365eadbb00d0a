import type { GuardChannel, GuardFamily, TriedGuard } from '@jarvis/contracts/guard.ts'
import type { English } from '#words/language.ts'

export const familyNames: Record<GuardFamily, English> = {
  override: 'Sets the rules aside',
  extraction: 'Asks for hidden instructions',
  secret: 'Asks for a secret',
  persona: 'Gives a role without rules',
  exfiltration: 'Sends data away',
  coercion: 'Puts under pressure',
  impersonation: 'Pretends to be the system',
  obfuscation: 'Hides its words',
  learned: 'Reads like an order to the assistant',
}

export const channelNames: Record<GuardChannel, English> = { user: 'A message of a person', tool_output: 'A result of a tool' }

export const actionNames: Record<TriedGuard['action'], English> = { allow: 'Let through', flag: 'Marked', block: 'Blocked' }
