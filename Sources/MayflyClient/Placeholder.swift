enum MayflyClientPlaceholder {}
