import { Page, Section } from '#ui/page.tsx'
import { Accesses } from './accesses.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Appearance } from './appearance.tsx'
import { ConnectedAccounts } from './connected-accounts.tsx'
import { Devices } from './devices.tsx'
import { Files } from './files.tsx'
import { InstructionsForm } from './instructions-form.tsx'
import { Notifications } from './notifications.tsx'
import { OrganisationLink } from './organisation-link.tsx'
import { Passkeys } from './passkeys.tsx'
import { PasswordForm } from './password-form.tsx'
import { ProfileForm } from './profile-form.tsx'
import { PushNotifications } from './push-notifications.tsx'
import { SecondFactor } from './second-factor.tsx'
import { StandingApprovals } from './standing-approvals.tsx'
import { Terms } from './terms.tsx'
import { ToolPolicies } from './tool-policies.tsx'
import { Usage } from './usage.tsx'
import { Voice } from './voice.tsx'
import { YourData } from './your-data.tsx'
import { say } from '#words/say.ts'

export function SettingsPage() {
  return (
    <Page title={say('Settings')}>
      <Section title={say('Profile')}>
        <ProfileForm />
      </Section>
      <Section title={say('What Jarvis should know and do')}>
        <InstructionsForm />
      </Section>
      <Section title={say('Appearance')}>
        <Appearance />
      </Section>
      <Section title={say('Voice')}>
        <Voice />
      </Section>
      <Section title={say('Notifications')}>
        <Notifications />
        <h3 className="mt-6 mb-3 font-medium">{say('While Jarvis is closed')}</h3>
        <PushNotifications />
      </Section>
      <Section title={say('Usage')}>
        <Usage />
      </Section>
      <Section title={say('Organisation')}>
        <OrganisationLink />
      </Section>
      <Section title={say('Tools and approvals')}>
        <ToolPolicies />
        <h3 className="mt-6 mb-3 font-medium">{say('Standing approvals')}</h3>
        <StandingApprovals />
      </Section>
      <Section title={say('Files')}>
        <Files />
      </Section>
      <Section title={say('Password')}>
        <PasswordForm />
      </Section>
      <Section title={say('Second factor')}>
        <SecondFactor />
      </Section>
      <Section title={say('Passkeys')}>
        <Passkeys />
      </Section>
      <ConnectedAccounts />
      <Section title={say('Where you are signed in')}>
        <Devices />
      </Section>
      <Section title={say('API keys')}>
        <ApiKeys />
      </Section>
      <Section title={say('Who read your conversations')}>
        <Accesses />
      </Section>
      <Terms />
      <Section title={say('Your data')}>
        <YourData />
      </Section>
    </Page>
  )
}
