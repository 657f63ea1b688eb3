// Runs before the page is drawn, so that no page flashes in the other theme.
try {
  const theme = localStorage.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : '')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // A browser that keeps nothing shows the light theme.
}
