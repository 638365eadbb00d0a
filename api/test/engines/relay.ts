import { type AddressInfo, connect, createServer } from 'node:net'

/** Passes connections on to a port, with a queue of one for those that wait to be taken. */
const target = Number(process.argv[2])
const server = createServer((near) => {
  const far = connect(target, '127.0.0.1')
  near.pipe(far).pipe(near)
  for (const [end, other] of [
    [near, far],
    [far, near],
  ] as const)
    end.on('error', () => {}).on('close', () => other.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.send?.((server.address() as AddressInfo).port))
