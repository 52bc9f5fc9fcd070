/** `auto` follows the system. */
export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storedUnder = 'forge.theme'
export const storedTheme = (): Theme => {
  const stored = localStorage.getItem(storedUnder)
  return themes.find((theme) => theme === stored) ?? 'auto'
}

/** Shows and keeps a theme. */
export const applyTheme = (theme: Theme): void => {
  localStorage.setItem(storedUnder, theme)
  if (theme === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
