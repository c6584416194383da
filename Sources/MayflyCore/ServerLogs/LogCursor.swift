/// How far one file of a server's log was read, for the state.
///
/// A file is known by device and inode, whatever it is called, so that one that is renamed goes on where it was; and by its
/// beginning, so that another that has its inode now, or the same after it was emptied, is not taken for it.
package struct LogCursor: Hashable, Sendable, Codable {
    package struct File: Hashable, Sendable, Codable {
        package var device: UInt64
        package var inode: UInt64
        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// How much of the beginning is known, at most.
    package static let headLimit = 1024

    package var file: File
    /// By which it was last seen.
    package var name: String
    /// Where the first record begins that was not taken.
    package var offset: Int64
    /// How many bytes the head has, and their SHA-256.
    package var headLength: Int
    package var headHash: String
    /// A record before `offset` was damaged, so that in csvlog what looks like a line may be a part of a text.
    package var isDoubtful: Bool

    package init(
        file: File, name: String, offset: Int64 = 0, headLength: Int = 0, headHash: String = "",
        isDoubtful: Bool = false
    ) {
        self.file = file
        self.name = name
        self.offset = offset
        self.headLength = headLength
        self.headHash = headHash
        self.isDoubtful = isDoubtful
    }
}
