import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { planNames } from '#lib/plan-names.ts'
import { Facts } from '#ui/facts.tsx'
import { Notice } from '#ui/notice.tsx'
import { roleWord } from './role-words.ts'
import { say, sayCount } from '#words/say.ts'

/** Where the organisation stands, and what that means for the one who looks. */
export function Standing({ organisation: { role, plan, seats, seatsTaken, seatsSource, members, hasSeat } }: { organisation: Organisation }) {
  const without = members - seatsTaken
  return (
    <div className="flex flex-col gap-5">
      <Facts
        items={[
          { name: say('You are'), value: roleWord(role) },
          { name: say('Plan of a seat'), value: seats > 0 ? planNames[plan] : '—' },
          { name: say('Seats taken'), value: say('{taken} of {seats}', { taken: seatsTaken, seats }) },
          { name: say('Members'), value: members },
        ]}
      />
      {!hasSeat && (
        <Notice look="warn">
          {say('You have no seat here. Nothing of yours is lost: you use Jarvis by your own plan, and get a seat when one is free and yours.')}
        </Notice>
      )}
      {hasSeat && <p className="text-muted">{say('What you have Jarvis do is paid for by the organisation.')}</p>}
      {role !== 'member' && without > 0 && (
        <Notice look="warn">
          {sayCount(without, 'One member has no seat, and pays for themself.', '{n} members have no seat, and pay for themselves.')}{' '}
          {seatsSource === 'stripe' ? say('An owner buys more.') : say('An administrator of this installation gives more.')}
        </Notice>
      )}
    </div>
  )
}
