/// Which release this is; the daemon and the command are built together.
public enum MayflyVersion {
    public static let current = "0.1.0"
}
