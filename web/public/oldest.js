// The oldest browsers that Jarvis is made for: Safari 16.4, Chrome 111, Firefox 115. An older one reads a sentence here, not an empty page.
;(function () {
  var works =
    typeof Array.prototype.toSorted === 'function' &&
    typeof HTMLDialogElement === 'function' &&
    'noModule' in document.createElement('script') &&
    typeof CSS === 'object' &&
    CSS.supports('color', 'oklch(0.5 0.1 200)')
  if (works) return
  var words = {
    en: 'This browser is too old for Jarvis. Update it, or use a newer one: {oldest} or later.',
    de: 'Dieser Browser ist zu alt für Jarvis. Aktualisieren Sie ihn oder nehmen Sie einen neueren: {oldest} oder neuer.',
    fr: 'Ce navigateur est trop ancien pour Jarvis. Mettez-le à jour ou utilisez-en un plus récent : {oldest} ou version ultérieure.',
    es: 'Este navegador es demasiado antiguo para Jarvis. Actualícelo o use uno más nuevo: {oldest} o posterior.',
    pt: 'Este navegador é antigo demais para o Jarvis. Atualize-o ou use um mais novo: {oldest} ou posterior.',
    ar: 'هذا المتصفح قديم جدًا بالنسبة إلى Jarvis. حدّثه أو استخدم متصفحًا أحدث: {oldest} أو ما بعدها.',
    ja: 'このブラウザーは Jarvis には古すぎます。更新するか、新しいものをお使いください：{oldest} 以降。',
    zh: '此浏览器版本过旧，无法使用 Jarvis。请更新，或使用较新的浏览器：{oldest} 或更高版本。',
  }
  document.documentElement.setAttribute('data-too-old', '')
  addEventListener('DOMContentLoaded', function () {
    var note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.style.cssText = 'max-width:32em;margin:4em auto;padding:0 1em;font:1.1em/1.6 sans-serif'
    var language = (navigator.language || 'en').split('-')[0]
    if (!Object.prototype.hasOwnProperty.call(words, language)) language = 'en'
    note.setAttribute('lang', language)
    note.setAttribute('dir', 'auto')
    note.textContent = words[language].replace('{oldest}', 'Safari 16.4, Chrome / Edge 111, Firefox 115')
    var root = document.getElementById('root')
    root.hidden = true
    root.parentNode.insertBefore(note, root)
  })
})()
