enum MayflyCorePlaceholder {}
