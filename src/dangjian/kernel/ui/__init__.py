"""The design system: template tags, form renderer, style sheet, script and icons (see docs/ui.md)."""
