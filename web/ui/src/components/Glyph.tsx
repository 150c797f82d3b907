// Small signs for icon buttons, drawn rather than typed: fonts lack many of them.
const paths = {
  copy: 'M5.5 5.5V3a1 1 0 011-1H13a1 1 0 011 1v6.5a1 1 0 01-1 1h-2.5M3 5.5h6.5a1 1 0 011 1V13a1 1 0 01-1 1H3a1 1 0 01-1-1V6.5a1 1 0 011-1z',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  only: 'M3 6h10M3 10h10',
  without: 'M3 6h10M3 10h10M11 2.5L5 13.5',
} as const;

export function Glyph({ name }: { name: keyof typeof paths }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <path d={paths[name]} />
    </svg>
  );
}
