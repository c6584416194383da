enum MayflyDatabasesPlaceholder {}
