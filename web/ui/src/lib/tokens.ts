// Design tokens: Cloudscape's own, under short names that our stylesheets use
// (--sw-text, --sw-link, …). They follow Cloudscape's dark mode by themselves.
import * as t from 'cloudscape-tokens';

export const tokens = {
  text: t.colorTextBodyDefault,
  'text-2': t.colorTextBodySecondary,
  heading: t.colorTextHeadingDefault,
  link: t.colorTextLinkDefault,
  'link-hover': t.colorTextLinkHover,
  bg: t.colorBackgroundLayoutMain,
  container: t.colorBackgroundContainerContent,
  header: t.colorBackgroundContainerHeader,
  input: t.colorBackgroundInputDefault,
  'input-border': t.colorBorderInputDefault,
  shaded: t.colorBackgroundCellShaded,
  popover: t.colorBackgroundPopover,
  border: t.colorBorderDividerDefault,
  'border-2': t.colorBorderDividerSecondary,
  focus: t.colorBorderItemFocused,
  selected: t.colorBackgroundItemSelected,
  'selected-border': t.colorBorderItemSelected,
  'bg-critical': t.colorBackgroundStatusError,
  'bg-warning': t.colorBackgroundStatusWarning,
  'bg-info': t.colorBackgroundStatusInfo,
  critical: t.colorTextStatusError,
  warning: t.colorTextStatusWarning,
  info: t.colorTextStatusInfo,
  ok: t.colorTextStatusSuccess,
  inactive: t.colorTextStatusInactive,
  bar: t.colorBackgroundProgressBarValueDefault,
  'chart-grid': t.colorBorderDividerDefault,
  'chart-1': t.colorChartsPaletteCategorical1,
  'chart-2': t.colorChartsPaletteCategorical2,
  'chart-3': t.colorChartsPaletteCategorical3,
  'chart-4': t.colorChartsPaletteCategorical4,
  'chart-5': t.colorChartsPaletteCategorical5,
  'chart-6': t.colorChartsPaletteCategorical6,
  'chart-7': t.colorChartsPaletteCategorical7,
  'chart-8': t.colorChartsPaletteCategorical8,
  'chart-9': t.colorChartsPaletteCategorical9,
  'chart-10': t.colorChartsPaletteCategorical10,
  'chart-red': t.colorChartsRed500,
  'chart-threshold': t.colorChartsThresholdNegative,
} as const;

export type Token = keyof typeof tokens;

/** How many categorical chart colours there are (chart-1 …). */
export const chartColors = 10;

/** The chart colour of the i-th series; colours repeat after chartColors. */
export function chartToken(i: number): Token {
  return `chart-${(i % chartColors) + 1}` as Token;
}

const systemFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif';

/** Writes the tokens onto <body>, and the system font over Cloudscape's web font. */
export function installTokens(): void {
  for (const [name, value] of Object.entries(tokens)) document.body.style.setProperty(`--sw-${name}`, value);
  document.body.style.setProperty('--sw-font', systemFont);
  const fontVariable = /var\((--[\w-]+)/.exec(t.fontFamilyBase)?.[1];
  if (fontVariable) document.body.style.setProperty(fontVariable, systemFont);
}

/** The value of a token now, for canvases. */
export function tokenValue(token: Token): string {
  return getComputedStyle(document.body).getPropertyValue(`--sw-${token}`).trim();
}
