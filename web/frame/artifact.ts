/**
 * Shows a page that a model wrote, in the place of this one: the policy that came with this document stays with it. What the policy does not
 * cover in every browser is taken away first.
 */
addEventListener('message', function show({ data, source }: MessageEvent<{ html?: unknown } | null>) {
  if (source !== parent || typeof data?.html !== 'string') return
  removeEventListener('message', show)
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'RTCIceTransport', 'WebTransport'])
    Object.defineProperty(globalThis, name, { value: undefined, writable: false, configurable: false })
  document.open()
  document.write(data.html)
  document.close()
})

parent.postMessage({ ready: true }, '*')
