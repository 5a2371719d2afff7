/** The page's colours, which style.css holds once for light and once for dark. */

export type ThemeColor =
  'text' | 'muted' | 'line' | 'edge' | 'given' | 'truth' | 'prediction' | 'error' | 'panel' | 'page';

/** The colour's value now, as CSS writes it. */
export function themeColor(name: ThemeColor): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours of predictors in plots and tables: the chosen model's, then the baselines', by their place in the list. */
export function predictorColor(index: number): string {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(`--predictor-${index % 5}`)
    .trim();
}

/** Calls back whenever the system changes between light and dark. */
export function onThemeChange(change: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change);
}
