enum MayflyAPIPlaceholder {}
