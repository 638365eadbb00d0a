// Runs before the first paint, so that a dark page never flashes light; an own file, because the CSP refuses inline scripts.
;(() => {
  let theme
  try {
    theme = localStorage.getItem('jarvis.theme')
  } catch {}
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  document.querySelector('meta[name=theme-color]').content = dark ? '#191714' : '#faf9f6'
})()
