import { Page, Section } from '#ui/page.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Appearance } from './appearance.tsx'
import { ConnectedAccounts } from './connected-accounts.tsx'
import { Devices } from './devices.tsx'
import { Files } from './files.tsx'
import { InstructionsForm } from './instructions-form.tsx'
import { Notifications } from './notifications.tsx'
import { Passkeys } from './passkeys.tsx'
import { PasswordForm } from './password-form.tsx'
import { ProfileForm } from './profile-form.tsx'
import { SecondFactor } from './second-factor.tsx'
import { StandingApprovals } from './standing-approvals.tsx'
import { ToolPolicies } from './tool-policies.tsx'
import { Usage } from './usage.tsx'
import { YourData } from './your-data.tsx'
import { say } from '#words/say.ts'

export function SettingsPage() {
  return (
    <Page title="Settings">
      <Section title="Profile">
        <ProfileForm />
      </Section>
      <Section title="What Jarvis should know and do">
        <InstructionsForm />
      </Section>
      <Section title="Appearance">
        <Appearance />
      </Section>
      <Section title="Notifications">
        <Notifications />
      </Section>
      <Section title="Usage">
        <Usage />
      </Section>
      <Section title="Tools and approvals">
        <ToolPolicies />
        <h3 className="mt-6 mb-3 font-medium">Standing approvals</h3>
        <StandingApprovals />
      </Section>
      <Section title="Files">
        <Files />
      </Section>
      <Section title="Password">
        <PasswordForm />
      </Section>
      <Section title={say('Second factor')}>
        <SecondFactor />
      </Section>
      <Section title={say('Passkeys')}>
        <Passkeys />
      </Section>
      <ConnectedAccounts />
      <Section title="Where you are signed in">
        <Devices />
      </Section>
      <Section title="API keys">
        <ApiKeys />
      </Section>
      <Section title="Your data">
        <YourData />
      </Section>
    </Page>
  )
}
