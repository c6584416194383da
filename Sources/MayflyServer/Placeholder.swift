enum MayflyServerPlaceholder {}
