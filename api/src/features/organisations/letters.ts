import { type Compose, letterOf, voiceOf } from '#features/mail/index.ts'

/** What the letters of this feature say; the secret is made when one is sent. */
export const createLetters =
  (ofLetter: (invitationId: string) => Promise<{ url: string; organisation: string } | null>, publicUrl: string): Compose =>
  async ({ params }) => {
    const found = await ofLetter(params.invitationId ?? '')
    if (!found) return null
    const host = new URL(publicUrl).host
    const { say, language } = voiceOf(params.language)
    return letterOf(
      {
        subject: say('You are invited to an organisation at {host}', { host }),
        // What a stranger wrote is quoted, so that it cannot pass for our words.
        paragraphs: [
          say('Hello,'),
          say('somebody invites you to the organisation “{organisation}” in Jarvis, the assistant at {host}.', {
            organisation: found.organisation,
            host,
          }),
        ],
        link: { label: say('Look at the invitation'), url: found.url },
        after: [say('The link works once, and only with this address. If you do not know the organisation, do nothing.')],
      },
      language,
    )
  }
