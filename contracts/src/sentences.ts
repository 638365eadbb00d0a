import type { Failure, Params } from './errors.ts'
import { fillSentence } from './fill-sentence.ts'

/**
 * What a failure says, or why a call waits for a person, by key. Another language is one more file of this shape; a client that has none shows `detail`. A name in braces is
 * one of the problem's `params`.
 */
export const sentences = {
  blocked_by_guard: 'This message looks like an attempt to override the assistant’s rules. Rephrase it to go on.',
  'blocked_by_guard.extraction': 'This message looks like an attempt to have the assistant’s own instructions told. Rephrase it to go on.',
  'blocked_by_guard.persona': 'This message looks like an attempt to give the assistant a role without rules. Rephrase it to go on.',
  'blocked_by_guard.secret': 'This message looks like an attempt to have a secret told. Rephrase it to go on.',
  'blocked_by_guard.impersonation': 'This message pretends to be from the assistant’s makers or from the system. Rephrase it to go on.',
  'blocked_by_guard.obfuscation': 'This message hides orders to the assistant in an unusual spelling. Write them plainly to go on.',
  'budget_exhausted.busy':
    'Other answers have set aside what is left of this month’s {limit}. Try again in a moment. It starts anew on {resetsOn} (UTC).',
  'budget_exhausted.nearly': 'This month’s {limit} is too nearly used up for this message. It starts anew on {resetsOn} (UTC).',
  'budget_exhausted.used': 'This month’s {limit} is used up. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.busy':
    'Other answers have set aside what is left of this month’s {limit}. Try again in a moment. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.nearly': 'This month’s {limit} is too nearly used up for this message. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.used': 'This month’s {limit} is used up. It starts anew on {resetsOn} (UTC).',
  rate_limited: 'You have reached {requestsMax} requests in {windowSeconds} seconds. Try again in {retryAfterSeconds} s.',
  'rate_limited.frames': 'Too many frames. Try again in {retryAfterSeconds} s.',
  'rate_limited.letters': 'Too many letters were asked for. Wait {retryAfterSeconds} s and try again.',
  'rate_limited.sign_in': 'Too many failed tries. Wait {retryAfterSeconds} s and try again.',
  'rate_limited.streams': 'You have {streamsMax} event streams open here. Close some of them.',
  'rate_limited.share': 'You are asking for too much of this at once. Wait for the answers first.',
  'overloaded.line': 'Too many messages are waiting for an answer right now. Yours was not taken; send it again in a moment.',
  'overloaded.share': 'Too much of this is being asked for right now. Try again in a moment.',
  'approval.beyond_reading': '{tool} does more than read, and you did not ask for it before text from outside came in.',
  'approval.choices': 'Each choice tells {place} something, and this answer has told as much as it may without asking you.',
  'approval.each': '{tool} asks each time.',
  'approval.foreign': 'This would send to {place} what you did not write yourself.',
  'approval.form': 'It sends a form to {place}.',
  'approval.form_named': 'It sends a form to {place}: “{label}”.',
  'approval.once': '{tool} asks once in each conversation.',
  'approval.password': 'It types into the password field “{label}” on {place}.',
  'approval.press': 'It presses “{label}” on {place}, and cannot know what that does.',
  'approval.taint': 'Text from outside is in this conversation since “{source}” was used: it may have led to this.',
  approval_expired: 'The time to approve this is over. Answer with status "cancelled" to go on without it, or ask again.',
  billing_disabled: 'Billing is off here. An administrator can change your plan.',
  context_too_long: 'The conversation is too long for this model. Start a new one, shorten the message, or choose a model that reads more.',
  'content_filtered.answer': 'The provider’s filter withheld the answer. Asking the same again will not help: put it in another way.',
  'content_filtered.picture': 'The provider’s filter refused to make this picture. Describe another one.',
  'content_filtered.question': 'The provider’s filter refused the question. Put it in another way, or choose another model.',
  provider_quota: 'What was paid for at the model provider is used up. An administrator must add credit there, or choose another model.',
  'conflict.api_keys': 'You have {keysMax} API keys. Delete one that you no longer use.',
  'conflict.invitations': 'There are {invitationsMax} invitations that nobody has used. Take some back.',
  'conflict.in_organisation': 'You are in an organisation already. Leave it first: nobody is in two.',
  'conflict.group_name': 'There is a group with this name already.',
  'conflict.last_owner': 'This is the only owner who can come in. Make somebody else an owner first.',
  'conflict.no_organisation': 'You are in no organisation: there is nobody to share this with.',
  'conflict.no_seat': 'All {seats} seats are taken. Take one from somebody, or have more.',
  'conflict.no_seats_bought': 'This organisation has bought no seats yet. Choose some first.',
  'conflict.seats_taken':
    'With {seats} seats, {losing} of the {taken} members who have one would lose it. Say that you mean it, or take seats from somebody first.',
  'conflict.seats_by_subscription': 'The seats of this organisation are bought: its owners change them.',
  'conflict.shared_things':
    'What is shared here by who leaves: {count}. Say whether an owner is given a copy that stays shared, or whether it is shared no longer.',
  'conflict.factor_first': 'Set up a second factor of your own first: this would close the door on you too.',
  'conflict.passkey_known': 'This passkey is in use already.',
  'conflict.passkeys': 'You have {passkeysMax} passkeys. Remove one that you no longer use.',
  'conflict.announcements': 'There are {openMax} announcements that have not ended. End one first.',
  'conflict.being_erased': 'This person is being erased, and cannot be enabled again.',
  'conflict.environment': 'The environment ({variable}) says this: change it there.',
  'conflict.scim_tokens': 'There are {tokensMax} tokens of directories. Delete one that is no longer used.',
  'conflict.passkeys_off': 'Passkeys need an address with a name, by https: an administrator can set PUBLIC_URL so. The name localhost works too.',
  'conflict.last_factor': 'Your role needs a second factor, and this is your last. Set up another one first.',
  'conflict.terms_replaced': 'These terms are not in force any more. Read those that are, and accept them.',
  'conflict.terms_same': 'These are the terms that are in force already.',
  'conflict.no_factor': 'Recovery codes stand in for a second factor. Set one up first.',
  'conflict.totp_not_begun': 'There is nothing to confirm, or it was begun more than an hour ago. Begin again.',
  'conflict.answered': 'This was answered otherwise already.',
  'conflict.import': 'Another import is at work. Wait until it is done.',
  'conflict.at_work': 'This answer is still being written.',
  'conflict.is_whole': 'This answer is whole: there is nothing to go on with.',
  'conflict.not_waiting': 'This run does not wait for anyone.',
  'conflict.changed_call': 'What was shown is not what waits: argsHash differs. Load the message anew.',
  'conflict.changed_memory': 'This memory has changed since it was shown. Read it again before you trust it.',
  'conflict.only_way_in': 'This is your only way in. Set a password, or connect another account, first.',
  'conflict.sign_on_elsewhere': 'This account at {provider} belongs to somebody else here.',
  'conflict.sign_on_email':
    'There is an account with your address already, and {provider} does not vouch that the address is yours. Sign in to it and connect {provider} in the settings.',
  'conflict.sign_on_email_moved':
    'The account with your address here belongs to somebody whom {provider} knows as another person. Ask your administrator.',
  'conflict.push_address': 'Another browser is told at this address already.',
  'conflict.push_key': 'This browser was to be told with an old key. Load the page anew, and switch notifications on once more.',
  'conflict.same_plan': 'You have this plan already.',
  'conflict.no_subscription': 'You have no subscription yet. Choose a plan first.',
  email_taken: 'There is already an account with this email. Sign in instead.',
  'email_taken.other': 'Another account has this email.',
  'forbidden.sign_on_domain': 'By {provider} come in people with an address of {domains}. Use such an account, or sign in another way.',
  'forbidden.sign_on_email': '{provider} did not name your email address. An administrator must let it: the scope and the claim "email".',
  'forbidden.sign_on_other': 'You came back from {provider} as somebody else. Choose your own account there.',
  'forbidden.sign_on_people': 'You have no account here, and {provider} does not make one. Ask your administrator.',
  'forbidden.organisation': 'In this organisation you would have to be at least: {role}.',
  'forbidden.shared': 'Somebody shares this with you. You can read it; only they can change it.',
  'forbidden.passkeys': 'You sign in elsewhere, by single sign-on: passkeys belong there.',
  'forbidden.single_sign_on': 'Passwords are not used here. Sign in with {providers}.',
  'forbidden.sign_on_denied': '{provider} did not let you in, or you said no there. Try again, or sign in another way.',
  'forbidden.reads_off': 'Reading what people said is switched off here.',
  'forbidden.policy': 'The administrator allows "{loosest}" at the loosest for {tool}. Choose that, or a stricter one.',
  'file_too_large.plan': 'This file has more than {megabytesMax} MB, the most that your plan takes.',
  'file_too_large.installation': 'This file has more than {megabytesMax} MB, the most that is taken here.',
  internal: 'Something went wrong on our side. It has been logged.',
  'internal.broke_off': 'This answer broke off again and again and was given up.',
  'internal.held_up': 'This answer held up the server again and again and was given up.',
  invalid_credentials: 'The email or the password is wrong.',
  'invalid_credentials.passkey': 'This passkey was not taken: it is not known here, or took too long. Try again, or sign in another way.',
  'invalid_credentials.passkey_unverified':
    'The device did not check who holds it, by a PIN, finger or face. Sign in with your password; the passkey is the second factor then.',
  'invalid_credentials.current': 'The current password is wrong.',
  'invalid_credentials.directory': 'The name or the password is wrong.',
  'invalid_credentials.code': 'This code is wrong, or was used already. Wait for the next one of the app, or use a recovery code.',
  'invalid_request.announcement_end': 'The end has to lie in the future, and after the beginning.',
  'invalid_request.audio':
    'The model provider cannot use this recording, or what was asked with it ({status}). Check that the file is whole, and of a kind such as MP3, M4A or WAV.',
  'invalid_request.file_broken': 'This file is damaged or was cut off: it ends before it is whole. Save it again and send the new one.',
  'invalid_request.file_encrypted': 'This file is protected with a password. Save a copy without one and send that.',
  'invalid_request.file_empty': 'This file is empty.',
  'invalid_request.file_no_text': 'There is no text in this file that can be read; its pages may be pictures.',
  'invalid_request.file_picture': 'This picture is damaged, or takes too much memory to be shown. Save it again, or smaller, and send the new one.',
  'upstream_failed.page': 'The site did not give this page: it answered with status {status}.',
  'invalid_request.file_stopped': 'You stopped the reading of this file.',
  'invalid_request.file_too_heavy': 'This file takes too long or too much memory to be read. Send a smaller part of it.',
  'invalid_request.file_unreadable': 'This file is damaged, and none of it could be read. Save it again and send the new one.',
  'invalid_request.import_too_large': 'This export is too large to be read at once, or takes too long. Send a part of it.',
  'invalid_request.import_unknown':
    'There is no conversation in this file that can be read. Send the export of ChatGPT, LibreChat, Open WebUI or Jarvis, as JSON or ZIP.',
  'invalid_request.form': 'The form cannot be read: it is cut off, or it is no multipart/form-data.',
  'invalid_request.file_missing': 'There is no file in this request: send it as multipart/form-data, in the part "file".',
  'invalid_request.groups': 'There are {groupsMax} groups. Delete one first.',
  'invalid_request.images': 'This model does not see images. Choose one that does, or leave the image out.',
  'invalid_request.json_object': 'This model writes JSON by a schema only: send a response_format of the type "json_schema".',
  invitation_invalid: 'This invitation has expired, was used or taken back, or is for another address. Ask for another one.',
  'invalid_request.logout_token': 'This logout token does not verify.',
  'invalid_request.link': 'This link has expired, was used already, or is not whole. Ask for a new one.',
  'invalid_request.push_address': 'This is no address of a push service that Jarvis sends to.',
  'invalid_request.not_sold': 'The plan {plan} is not sold by the {interval} here.',
  'invalid_request.picture': 'The model provider cannot make this picture ({status}): check its size and quality in MODELS_FILE.',
  'invalid_request.secret_memory': 'This has a {kind} in it. Jarvis does not remember secrets: leave it out.',
  'invalid_request.speech': 'The model provider cannot say this ({status}): check the voice and the format, which differ from model to model.',
  'invalid_request.logo': 'A logo is a PNG or WebP picture of at most 32 KiB.',
  'invalid_request.too_long': 'The message is too long for {model}, which reads about {tokensMax} tokens at once. Shorten it.',
  'overloaded.commands': 'Too many system commands are running. Try again in a moment.',
  'overloaded.files': 'Too many files are being read right now. Try again in a moment.',
  'overloaded.search': 'This search took too long. Try a longer or a rarer word.',
  'overloaded.sign_in': 'Too many people are signing in right now. Try again in a moment.',
  'overloaded.socket': 'A socket follows at most {runsMax} runs at once.',
  'quota_exceeded.memories': 'Jarvis remembers {memoriesMax} things of one person, and has as many of you. Forget some first.',
  'quota_exceeded.imports': 'At most {perDayMax} imports a day are taken. Try again tomorrow.',
  'quota_exceeded.files': 'You have {filesMax} files, as many as your plan keeps. Delete one that you no longer need.',
  password_reset_required:
    'An administrator asks you for a new password. Set one by the link that you got, or ask for another: “Forgot your password?”.',
  'otp_required.passkey': 'Show your passkey, or send a recovery code as otp.',
  otp_required: 'Send the code of your authenticator app, or a recovery code, as otp.',
  factor_required: 'Your role needs a second factor. Set one up in your settings before anything else.',
  terms_required: 'The terms of this installation wait for your answer. Read and accept them at {url}, then go on.',
  reauthentication_required: 'For this, show again that it is you: with your password or a second factor.',
  registration_closed: 'Ask an administrator for an account.',
  'registration_closed.domains': 'Accounts here are for addresses of {domains}, and for who is invited.',
  'registration_closed.invitation': 'Accounts here are for who is invited. Ask an administrator for an invitation.',
  'registration_closed.letter': 'Ask for a letter to your address first: its link lets you in.',
  storage_full: 'The disk that Jarvis stores on is full. Ask the administrator to make room; nothing was stored.',
  'unauthenticated.account_disabled': 'This account is disabled. Ask an administrator to enable it.',
  'unauthenticated.account_erased': 'This account is being erased.',
  'unauthenticated.account_gone': 'This account is gone. Sign in again.',
  'unauthenticated.key_ended': 'The API key that asked for this was deleted or has expired. Make another one in the settings.',
  'unauthenticated.scim': 'This token is not known here. Make one in Administration, under Settings.',
  'unauthenticated.not_active': 'This account is not active.',
  'unauthenticated.sign_on_over': 'This sign-in was begun in another browser, took longer than ten minutes, or was finished already. Start again.',
  'unauthenticated.sign_on': 'What {provider} answered could not be verified. Start again; if that fails too, tell your administrator.',
  'unauthenticated.session_ended': 'This session has ended. Sign in again.',
  'unavailable.push': 'Notifications while Jarvis is closed are switched off here.',
  'unavailable.issuer': '{provider} does not answer right now. Try again in a moment, or sign in another way.',
  'unavailable.issuer_settings':
    '{provider} and this server do not agree on their settings. An administrator must check them: client, secret, address.',
  'unavailable.factor':
    'The second factor of this account cannot be read: SECRETS_KEY is another one now. Ask an administrator to take the factor away.',
  'unavailable.recovery_codes':
    'The recovery codes of this account cannot be checked: SECRETS_KEY is another one now. Ask an administrator to take the second factor away.',
  'unavailable.database': 'Jarvis cannot reach its database right now. Try again in a moment.',
  'unavailable.database_slow': 'The database took too long. Try again in a moment.',
  'upstream_failed.broke_off': 'The model provider’s answer broke off.',
  'upstream_failed.busy': 'The model provider has too many requests right now ({status}). Try again in a moment.',
  'upstream_failed.call_broke_off': 'The model provider’s answer broke off in a tool call.',
  'upstream_failed.call_invalid': 'The model provider’s answer holds a tool call that is not valid.',
  'upstream_failed.circuit': 'The model provider is failing. It will be tried again in {retryAfterSeconds} s.',
  'upstream_failed.empty': 'The model gave an empty answer. Try again.',
  'upstream_failed.in_answer': 'The model provider failed in the middle of its answer.',
  'upstream_failed.no_model': 'No model answered.',
  'upstream_failed.no_stream':
    'The model provider did not answer with a stream. An administrator must check its address: OPENAI_BASE_URL, baseUrl in MODELS_FILE, or where it was added.',
  'upstream_failed.status': 'The model provider failed ({status}). Try again in a moment.',
  'upstream_failed.too_long': 'The model provider’s answer is too long.',
  'upstream_failed.too_many_calls': 'The model provider asked for too many tools at once.',
  'upstream_failed.unreachable': 'The model provider cannot be reached. Try again in a moment.',
  'upstream_failed.unknown_content': 'The model answered with something that is no text. Choose another model.',
  'upstream_failed.cut_before_text':
    'The model used all of its limit for thinking and wrote no answer. Ask for less, choose less effort, or choose another model.',
  'upstream_failed.unreadable': 'The model provider sent an answer that cannot be read.',
  'upstream_rejected.address':
    'The model provider refused the request ({status}). An administrator must check its address: OPENAI_BASE_URL, baseUrl in MODELS_FILE, or where it was added.',
  'upstream_rejected.key':
    'The model provider refused the request ({status}). An administrator must check its key: OPENAI_API_KEY, apiKeyEnv in MODELS_FILE, or where it was added.',
  'upstream_rejected.model': 'The model provider refused the request ({status}). An administrator must check its address and the name of the model.',
  'upstream_rejected.rounds': 'The model asked for tools {callsMax} times and gave no answer. Ask in another way, or choose another model.',
  'upstream_rejected.request':
    'The model provider refused the request ({status}). The model may not support what was asked, or the conversation is too long for it.',
  'unsupported_media_type.file':
    'Jarvis cannot read this type of file ({mediaType}). It takes PDF, EPUB and RTF, Word, Excel, PowerPoint and OpenDocument files of today, mail (EML, MSG), pictures (PNG, JPEG, WebP, GIF), and text of any kind.',
  'unsupported_media_type.recording': 'Send a recording: WebM, Ogg, MP4, MP3 or WAV.',
  'unsupported_media_type.multipart': 'Send the file as multipart/form-data, in the part "file".',
  upstream_timeout: 'The model provider stopped answering. Try again in a moment.',
  'upstream_timeout.embedding': 'The model provider did not embed the text in time.',
} as const

/** Which limit refuses: what a param `limit` names. */
export const limits = {
  'tokens.person': 'token budget',
  'tokens.plan': 'token budget of the {plan} plan',
  'tokens.key': 'token budget of this API key',
  'tokens.member': 'token budget of your share',
  'tokens.organisation': 'token budget of your organisation',
  'tokens.installation': 'token budget of this installation',
  'spend.person': 'spend ceiling',
  'spend.key': 'budget of this API key',
  'spend.member': 'spend ceiling of your share',
  'spend.organisation': 'spend ceiling of your organisation',
  'spend.installation': 'spend ceiling of this installation',
} as const

export type LimitKey = keyof typeof limits
export type Language = { sentences: Record<SentenceKey, string>; limits: Record<LimitKey, string> }

/** An error code, and a name after a full stop where the code has several sentences. */
export type SentenceKey = keyof typeof sentences

const english: Language = { sentences, limits }

/** The sentence in a language; what a parameter is missing for stays in braces. */
export const sentenceOf = (key: SentenceKey, params: Params = {}, language = english): string =>
  fillSentence(language.sentences[key], params, language.limits)

/** A failure as it is read back: the catalogue's sentence, or what is stored where the catalogue has none. */
export function readFailure(failure: Failure, language = english): Failure {
  const key = failure.params?.sentence
  if (typeof key !== 'string' || !Object.hasOwn(language.sentences, key)) return failure
  return { ...failure, detail: sentenceOf(key as SentenceKey, failure.params, language) }
}
