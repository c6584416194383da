enum MayflyStorePlaceholder {}
