export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'small' | 'normal' | 'large';

const base =
  'inline-flex items-center justify-center gap-2 rounded-control font-medium whitespace-nowrap transition-colors duration-100 disabled:opacity-50 disabled:cursor-not-allowed select-none';
const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 border border-transparent',
  secondary: 'bg-bg text-text border border-border-control hover:bg-surface',
  ghost: 'text-text-2 hover:bg-surface hover:text-text border border-transparent',
  danger: 'bg-bg text-danger border border-danger hover:bg-danger-tint',
};
const sizes: Record<ButtonSize, string> = {
  small: 'h-7 px-2 text-12 pointer-coarse:h-9',
  normal: 'h-8 px-3 text-13 pointer-coarse:h-11',
  large: 'h-10 px-4 text-14',
};
export const buttonClass = (variant: ButtonVariant, size: ButtonSize): string => `${base} ${variants[variant]} ${sizes[size]}`;
