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
    /// What was said of names that are not read, and of files that cannot be: once, not with each look.
    private var refused: [String: ServerLogGap] = [:]
    private var unreadable: [LogCursor.File: ServerLogGap] = [:]
    private var hasTooMany = false
    /// How large files that are not open were.
    private var sizes: [LogCursor.File: Int64] = [:]
    /// Whether looks failed since the last that did not.
    private var wasAway = false

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
        let present: (directory: Directory, files: [Present])
        do throws(ServerLogTrouble) { present = try list(&haul) } catch {
            wasAway = true
            throw error
        }
        // What fails from here on is of one file, and keeps none of the others back.
        open(present, &haul)
        read(present, &haul)
        leave(present, &haul)
        haul.trouble = trouble(present.files)
        (isKnown, wasAway) = (true, false)
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
        var names = try directory.names(atMost: Self.mostNames)
        let hasTooMany = names.count >= Self.mostNames
        if hasTooMany {
            names = Array(
                Set(names).union(tails.values.map(\.cursor.name)).union(idle.values.map(\.name)))
        }
        for name in names {
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
        guard files.contains(where: { source.names.matches($0.name) }) || !tails.isEmpty else {
            throw ServerLogTrouble(
                .noFiles, "no file \(source.names.pattern.quoted()) in \(source.directory.quoted())")
        }
        haul.gaps += refused.values.filter { self.refused[$0.file] != $0 }.sorted { $0.file < $1.file }
        if hasTooMany, !self.hasTooMany {
            haul.gaps.append(
                ServerLogGap(.unreadable, source.directory, detail: "more than \(Self.mostNames) names"))
        }
        (self.refused, self.hasTooMany) = (refused, hasTooMany)
        let there = Set(files.map(\.file))
        unreadable = unreadable.filter { there.contains($0.key) }
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

    /// Why not all of the log is read, when it is what the server writes now that cannot be.
    private func trouble(_ files: [Present]) -> ServerLogTrouble? {
        guard let newest = files.last(where: { source.names.matches($0.name) }),
            let gap = unreadable[newest.file]
        else { return nil }
        return ServerLogTrouble(
            .notAllowed,
            "the newest file, \(newest.name.quoted(limit: 200)), cannot be read: \(gap.detail ?? "")")
    }

    /// Says of a file that it cannot be read, once.
    private func note(
        _ file: LogCursor.File, _ cursor: LogCursor, _ detail: String, _ haul: inout ServerLogHaul
    ) {
        let gap = ServerLogGap(.unreadable, cursor.name, offset: cursor.offset, detail: detail)
        if unreadable[file] != gap { haul.gaps.append(gap) }
        unreadable[file] = gap
    }

    private func open(_ present: (directory: Directory, files: [Present]), _ haul: inout ServerLogHaul) {
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
                open(file, cursor, present.directory, &haul)
            } else {
                // At the first look ever older files are over: they tell of what was before there was anybody to follow them.
                let isOld = !isKnown && index < present.files.count - 1
                open(
                    file, LogCursor(file: file.file, name: file.name, offset: isOld ? file.size : 0),
                    present.directory, &haul)
            }
        }
    }

    private func open(
        _ file: Present, _ cursor: LogCursor, _ directory: Directory, _ haul: inout ServerLogHaul
    ) {
        guard let descriptor = directory.open(file.name) else {
            note(file.file, cursor, String(cString: strerror(errno)), &haul)
            idle[file.file] = cursor
            return
        }
        let tail = ServerLogTail(descriptor: descriptor, cursor, source.format)
        // What was looked at is what was opened.
        guard let status = tail.status, LogCursor.File(status) == file.file, Self.objection(to: status) == nil
        else { return }
        do throws(ServerLogTrouble) {
            if cursor.offset > 0, cursor.headLength > 0, status.st_size >= cursor.offset, try !tail.isSame() {
                haul.gaps.append(ServerLogGap(.replaced, file.name, offset: cursor.offset))
                tail.restart()
            }
        } catch {
            note(file.file, cursor, error.description, &haul)
            idle[file.file] = cursor
            return
        }
        (idle[file.file], sizes[file.file]) = (nil, nil)
        tails[file.file] = tail
    }

    // MARK: - What is in them

    private func read(_ present: (directory: Directory, files: [Present]), _ haul: inout ServerLogHaul) {
        let order = present.files.map(\.file).filter { tails[$0] != nil }
        // Files that are gone by now were written before those that are there.
        let gone = tails.keys.filter { !order.contains($0) }
        for file in gone + order {
            guard let tail = tails[file], let status = tail.status else { continue }
            do throws(ServerLogTrouble) {
                try check(tail, Int64(status.st_size), &haul)
                if try readToEnd(tail, file, &haul) { unseen.remove(file) } else { haul.isBehind = true }
                unreadable[file] = nil
            } catch {
                // What was read of it before stays read, and it is tried again from there.
                tail.rewind()
                note(file, tail.cursor, error.description, &haul)
            }
        }
    }

    /// Whether the file is the one that was read so far.
    private func check(_ tail: ServerLogTail, _ size: Int64, _ haul: inout ServerLogHaul)
        throws(ServerLogTrouble)
    {
        if size < tail.cursor.offset {
            haul.gaps.append(ServerLogGap(.truncated, tail.cursor.name, offset: tail.cursor.offset))
            tail.restart()
        } else if try !tail.isSame() {
            haul.gaps.append(ServerLogGap(.replaced, tail.cursor.name, offset: tail.cursor.offset))
            tail.restart()
        } else if tail.hasShrunk(below: size) {
            tail.rewind()
        }
    }

    /// - Returns: false where the budget ended first.
    private func readToEnd(_ tail: ServerLogTail, _ file: LogCursor.File, _ haul: inout ServerLogHaul)
        throws(ServerLogTrouble) -> Bool
    {
        while haul.bytes < budget {
            guard let records = try tail.read(buffer) else { return true }
            haul.bytes += tail.lastRead
            for record in records {
                let fields =
                    record.looksWhole(source.format)
                    ? LogFields(record.bytes, source.format, isCut: record.isCut) : nil
                // A long one is known at its beginning only, and may have swallowed others.
                if fields == nil || record.isMalformed {
                    haul.gaps.append(ServerLogGap(.damaged, tail.cursor.name, offset: record.offset))
                    tail.doubt()
                }
                guard let fields, fields[.user]?.hasPrefix("mf_") == true else { continue }
                haul.records.append(
                    .init(
                        record: record, fields: fields, file: file, name: tail.cursor.name,
                        isDoubtful: tail.cursor.isDoubtful))
            }
        }
        return false
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
            // What was written to it meanwhile, nobody has seen.
            let wasUnread = sizes.removeValue(forKey: file).map { $0 > cursor.offset } ?? false
            if unseen.remove(file) != nil || wasUnread || wasAway {
                haul.gaps.append(ServerLogGap(.gone, cursor.name, offset: cursor.offset))
            }
            idle[file] = nil
        }
        for file in present.files where idle[file.file] != nil { sizes[file.file] = file.size }
        guard !haul.isBehind else { return }
        let newest = Set(present.files.suffix(Self.mostOpen).map(\.file))
        for (file, tail) in tails where !newest.contains(file) {
            idle[file] = tail.cursor
            tails[file] = nil
        }
    }
}
