// The oldest browsers that Jarvis is made for: Safari 16.4, Chrome 111, Firefox 115. An older one reads a sentence here, not an empty page.
;(function () {
  var works =
    typeof Array.prototype.toSorted === 'function' &&
    typeof HTMLDialogElement === 'function' &&
    'noModule' in document.createElement('script') &&
    typeof CSS === 'object' &&
    CSS.supports('color', 'oklch(0.5 0.1 200)')
  if (works) return
  document.documentElement.setAttribute('data-too-old', '')
  addEventListener('DOMContentLoaded', function () {
    var note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.style.cssText = 'max-width:32em;margin:4em auto;padding:0 1em;font:1.1em/1.6 sans-serif'
    note.textContent = 'This browser is too old for Jarvis. Update it, or use a newer one: Safari 16.4, Chrome or Edge 111, Firefox 115, or later.'
    var root = document.getElementById('root')
    root.hidden = true
    root.parentNode.insertBefore(note, root)
  })
})()
