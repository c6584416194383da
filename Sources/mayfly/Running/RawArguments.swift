/// The arguments as the kernel has them: file names need not be UTF-8.
enum RawArguments {
    /// The last `count` of them.
    static func last(_ count: Int) -> [[CChar]] {
        Array(CStrings.copy(CommandLine.unsafeArgv).suffix(count))
    }
}
