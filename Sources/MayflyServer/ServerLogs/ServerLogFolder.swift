import Foundation
import Glibc
package import MayflyCore

/// The files of a server's log, where the broker's host sees them. Blocking, and used by one after another.
///
/// Whoever could put a file beside the server's could have it say anything: a link is not followed, what is no regular file (a
/// FIFO would block) is not opened, and neither a file nor a directory that everybody may write is read.
package final class ServerLogFolder {
    /// One look reads no more, so that a flood neither fills the memory nor keeps others waiting.
    package static let mostBytes = 8 << 20
    private static let mostNames = 10_000
    /// Open at once, those that were written last.
    private static let mostOpen = 8

    private let source: ServerLogSource
    private let budget: Int
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var tails: [LogCursor.File: ServerLogTail] = [:]
    /// Of files that are not open.
    private var idle: [LogCursor.File: LogCursor] = [:]
    /// Whether it was ever looked at: then what is new is read from its beginning.
    private var isKnown: Bool
    /// Files whose end was not seen in this life.
    private var unseen: Set<LogCursor.File>
    private var refused: [String: ServerLogGap] = [:]

    /// - Parameter cursors: by the state; none where it was never looked at.
    package init(_ source: ServerLogSource, cursors: [LogCursor], budget: Int = ServerLogFolder.mostBytes) {
        self.source = source
        self.budget = budget
        idle = Dictionary(cursors.map { ($0.file, $0) }, uniquingKeysWith: { first, _ in first })
        isKnown = !cursors.isEmpty
        unseen = Set(idle.keys)
    }

    deinit { buffer.deallocate() }

    /// One look: what was written since the one before, as far as the budget goes.
    package func look() throws(ServerLogTrouble) -> ServerLogHaul {
        var haul = ServerLogHaul()
        let present = try list(&haul)
        try open(present, &haul)
        try read(present, &haul)
        leave(present, &haul)
        isKnown = true
        haul.cursors = (tails.values.map(\.cursor) + idle.values).sorted {
            ($0.name, $0.offset) < ($1.name, $1.offset)
        }
        return haul
    }

    // MARK: - Which files

    private struct Present {
        var name: String
        var file: LogCursor.File
        var size: Int64
        var written: timespec
    }

    private func list(_ haul: inout ServerLogHaul) throws(ServerLogTrouble) -> (
        directory: Directory, files: [Present]
    ) {
        let directory = try Directory(source.directory)
        var files: [Present] = []
        var refused: [String: ServerLogGap] = [:]
        for name in try directory.names(atMost: Self.mostNames) {
            // Those that we read are followed under whatever name they have now.
            let isNamed = source.names.matches(name)
            guard let status = directory.status(of: name) else { continue }
            let file = LogCursor.File(status)
            guard isNamed || tails[file] != nil || idle[file] != nil else { continue }
            if let why = Self.objection(to: status) {
                if isNamed { refused[name] = ServerLogGap(.refused, name, detail: why) }
                continue
            }
            files.append(
                Present(name: name, file: file, size: Int64(status.st_size), written: status.st_mtim))
        }
        // Said once, not with each look.
        haul.gaps += refused.values.filter { self.refused[$0.file] != $0 }.sorted { $0.file < $1.file }
        self.refused = refused
        guard files.contains(where: { source.names.matches($0.name) }) || !tails.isEmpty else {
            throw ServerLogTrouble(
                .noFiles, "no file \(source.names.pattern.quoted()) in \(source.directory.quoted())")
        }
        files.sort {
            ($0.written.tv_sec, $0.written.tv_nsec, $0.name) < (
                $1.written.tv_sec, $1.written.tv_nsec, $1.name
            )
        }
        return (directory, files)
    }

    /// Why what lies there is not read; nil when it may be.
    static func objection(to status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK: return "a symbolic link"
        default: return "no regular file"
        }
        return status.st_mode & 0o002 == 0 ? nil : "everybody may write it"
    }

    private func open(_ present: (directory: Directory, files: [Present]), _ haul: inout ServerLogHaul)
        throws(ServerLogTrouble)
    {
        for (index, file) in present.files.enumerated() {
            if let tail = tails[file.file] {
                tail.rename(file.name)
                continue
            }
            if var cursor = idle[file.file] {
                cursor.name = file.name
                idle[file.file] = cursor
                // The one that was written last may be removed before the next look.
                guard
                    cursor.offset != file.size || index == present.files.count - 1
                        || unseen.contains(file.file)
                else { continue }
                try open(file, cursor, present.directory, &haul)
            } else {
                // At the first look ever older files are over: they tell of what was before there was anybody to follow them.
                let isOld = !isKnown && index < present.files.count - 1
                try open(
                    file, LogCursor(file: file.file, name: file.name, offset: isOld ? file.size : 0),
                    present.directory, &haul)
            }
        }
    }

    private func open(
        _ file: Present, _ cursor: LogCursor, _ directory: Directory, _ haul: inout ServerLogHaul
    ) throws(ServerLogTrouble) {
        guard let descriptor = directory.open(file.name) else {
            let gap = ServerLogGap(
                .unreadable, file.name, offset: cursor.offset, detail: String(cString: strerror(errno)))
            if refused[file.name] != gap { haul.gaps.append(gap) }
            refused[file.name] = gap
            idle[file.file] = cursor
            return
        }
        let tail = ServerLogTail(descriptor: descriptor, cursor, source.format)
        // What was looked at is what was opened.
        guard let status = tail.status, LogCursor.File(status) == file.file, Self.objection(to: status) == nil
        else { return }
        idle[file.file] = nil
        tails[file.file] = tail
        if cursor.offset > 0, cursor.headLength > 0, status.st_size >= cursor.offset, try !tail.isSame() {
            haul.gaps.append(ServerLogGap(.replaced, file.name, offset: cursor.offset))
            tail.restart()
        }
    }

    // MARK: - What is in them

    private func read(_ present: (directory: Directory, files: [Present]), _ haul: inout ServerLogHaul)
        throws(ServerLogTrouble)
    {
        let order = present.files.map(\.file).filter { tails[$0] != nil }
        // Files that are gone by now were written before those that are there.
        let gone = tails.keys.filter { !order.contains($0) }
        for file in gone + order {
            guard let tail = tails[file], let status = tail.status else { continue }
            if Int64(status.st_size) < tail.cursor.offset {
                haul.gaps.append(ServerLogGap(.truncated, tail.cursor.name, offset: tail.cursor.offset))
                tail.restart()
            } else if tail.hasShrunk(below: Int64(status.st_size)) {
                tail.rewind()
            } else if try !tail.isSame() {
                haul.gaps.append(ServerLogGap(.replaced, tail.cursor.name, offset: tail.cursor.offset))
                tail.restart()
            }
            var isAtEnd = false
            while haul.bytes < budget {
                guard let records = try tail.read(buffer) else {
                    isAtEnd = true
                    break
                }
                haul.bytes += tail.lastRead
                for record in records {
                    guard record.looksWhole(source.format),
                        let fields = LogFields(record.bytes, source.format, isCut: record.isCut)
                    else {
                        haul.gaps.append(ServerLogGap(.damaged, tail.cursor.name, offset: record.offset))
                        tail.doubt()
                        continue
                    }
                    guard fields[.user]?.hasPrefix("mf_") == true else { continue }
                    haul.records.append(
                        .init(
                            record: record, fields: fields, file: file, name: tail.cursor.name,
                            isDoubtful: tail.cursor.isDoubtful))
                }
            }
            if !isAtEnd { haul.isBehind = true }
            if isAtEnd { unseen.remove(file) }
        }
    }

    /// Lets go of files that are over.
    private func leave(_ present: (directory: Directory, files: [Present]), _ haul: inout ServerLogHaul) {
        let there = Set(present.files.map(\.file))
        for (file, tail) in tails where !there.contains(file) && !haul.isBehind {
            if tail.unfinished > 0 {
                haul.gaps.append(ServerLogGap(.unfinished, tail.cursor.name, offset: tail.cursor.offset))
            }
            tails[file] = nil
        }
        for (file, cursor) in idle where !there.contains(file) {
            if unseen.remove(file) != nil {
                haul.gaps.append(ServerLogGap(.gone, cursor.name, offset: cursor.offset))
            }
            idle[file] = nil
        }
        guard !haul.isBehind else { return }
        let newest = Set(present.files.suffix(Self.mostOpen).map(\.file))
        for (file, tail) in tails where !newest.contains(file) {
            idle[file] = tail.cursor
            tails[file] = nil
        }
    }
}
