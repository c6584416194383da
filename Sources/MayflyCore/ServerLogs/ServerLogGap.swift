/// What of a server's log was not read, and why. On record: an auditor sees where the record has holes.
package struct ServerLogGap: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The file became shorter (`copytruncate`): what was written between the last look and that is not known.
        case truncated
        /// Another file has its inode, or it was emptied and has grown again: likewise.
        case replaced
        /// The file is gone, and nobody has seen its end.
        case gone
        /// A record is not of its format.
        case damaged
        /// The file ended in mid-record, and is written no more.
        case unfinished
        /// It is no regular file, or everybody may write it: what is in it proves nothing.
        case refused
        /// It cannot be opened or read.
        case unreadable
        /// From now on there is no log to read.
        case away
        /// There is one again. What was written to it and removed meanwhile is not known.
        case back
        /// The state would not take what a part of it says.
        case untaken
    }

    package var kind: Kind
    /// The file's name.
    package var file: String
    /// From where on; nil where there is no place.
    package var offset: Int64?
    /// What the system says.
    package var detail: String?

    package init(_ kind: Kind, _ file: String, offset: Int64? = nil, detail: String? = nil) {
        self.kind = kind
        self.file = file
        self.offset = offset
        self.detail = detail
    }
}

/// Why a server's log cannot be read at all.
package struct ServerLogTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// There is no such directory here: the log is on another host, or not mounted.
        case missing
        /// There is no file of that name in it.
        case noFiles = "no_files"
        /// The daemon's user may not read it.
        case notAllowed = "not_allowed"
        /// The directory is a link, or everybody may write in it.
        case refused
        case failed
    }

    package var kind: Kind
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
