package main

// mutants is what we break. Beside each package stand the faults of its promises, in the order in which a message meets
// them.
var mutants = []mutant{
	// The ring.
	{
		name: "ring-hole-ends-recovery", breaks: "a producer that died at once hides all behind it",
		file:  "internal/logbuf/recover.go",
		edits: []edit{{"\t\ts.passZeros()\n", "\t\ts.pos = s.tail\n"}},
		in:    "internal/logbuf", test: "TestSeveralDeadProducersInARow",
	},
	{
		name: "ring-zeroed-before-taken", breaks: "a crash meets half-zeroed records that taken does not cover",
		file:  "internal/logbuf/consumer.go",
		edits: []edit{{"\t\tc.taken = c.cursor\n", "\t\tc.zero(c.head, c.cursor)\n\t\tc.taken = c.cursor\n"}},
		in:    "internal/logbuf", test: "TestZeroingComesBetweenTakenAndHead",
	},
	{
		name: "ring-head-before-zeroing", breaks: "producers claim what is not zero yet",
		file: "internal/logbuf/consumer.go",
		edits: []edit{{
			"\tc.zero(c.head, c.taken)\n\tc.head = c.taken\n\tc.ctl.head.Store(c.head)\n",
			"\tfrom := c.head\n\tc.head = c.taken\n\tc.ctl.head.Store(c.head)\n\tc.zero(from, c.taken)\n",
		}},
		in: "internal/logbuf", test: "TestZeroingComesBetweenTakenAndHead",
	},
	{
		name: "ring-lock-not-taken", breaks: "recovery drains the ring of a living process",
		file:  "internal/logbuf/file_linux.go",
		edits: []edit{{"unix.LOCK_EX|unix.LOCK_NB", "unix.LOCK_UN|unix.LOCK_NB"}},
		in:    "internal/logbuf", test: "TestFileIsAllocatedPrivateAndLocked",
	},
	{
		name: "ring-full-overwrites", breaks: "a full ring takes another record over the oldest",
		file:  "internal/logbuf/mpsc.go",
		edits: []edit{{"\treturn int64(end-head) <= int64(r.size)\n", "\treturn int64(end-head) <= int64(r.size)+8\n"}},
		in:    "internal/logbuf", test: "TestRandomOrdersAgainstModel",
	},

	// The session: what is dropped is told.
	{
		name: "drop-slot-torn", breaks: "a process killed between two stores leaves a range with another's sum",
		file: "internal/session/slot.go",
		edits: []edit{{
			"\tp.amount(s)\n\ts[slotLast].Store(uint64(p.lost.Last))\n}",
			"\ts[slotLast].Store(uint64(p.lost.Last))\n\tp.amount(s)\n}",
		}},
		in: "internal/session", test: "TestSlotIsStoredInItsOrder",
	},
	{
		name: "gap-frame-not-put", breaks: "drops are forgotten when the ring has room again",
		file:  "internal/session/recorder.go",
		edits: []edit{{"\tif err := r.putGap(r.pending.first, &r.pending.lost); err != nil {\n", "\tif err := error(nil); err != nil {\n"}},
		in:    "internal/session", test: "TestFullRing",
	},

	// The record: what a log's numbers mean.
	{
		name: "epoch-misses-reset-flag", breaks: "a Logon with 141=Y begins no epoch: old numbers hide new messages",
		file:  "internal/record/epoch.go",
		edits: []edit{{"(r.Flags&ResetSeqNum != 0 || restarts(r, s.TargetUsed))", "restarts(r, s.TargetUsed)"}},
		in:    "internal/record", test: "TestEpochs",
	},
	{
		name: "gap-takes-one-sequence", breaks: "the sequences after a gap are given again",
		file:  "internal/record/epoch.go",
		edits: []edit{{"\ts.Next = r.Last() + 1\n", "\ts.Next = r.Sequence + 1\n"}},
		in:    "internal/record", test: "TestGapTakesTheSequencesItNames",
	},

	// The disk.
	{
		name: "write-file-not-synced", breaks: "a name that leads to nothing replaces a file that was whole",
		file:  "internal/disk/write.go",
		edits: []edit{{"\tif err := f.Sync(); err != nil {\n", "\tif err := error(nil); err != nil {\n"}},
		in:    "internal/disk/crashfs", test: "TestWriteFile",
	},
	{
		name: "write-file-renamed-before-sync", breaks: "the same, if the power goes in between",
		file: "internal/disk/write.go",
		edits: []edit{
			{"\tif err := f.Sync(); err != nil {\n", "\tif err := error(nil); err != nil {\n"},
			{"\treturn fsys.SyncDir(filepath.Dir(name))\n", "\tif f, err := fsys.OpenFile(name, 0); err != nil || f.Sync() != nil || f.Close() != nil {\n\t\treturn os.ErrInvalid\n\t}\n\treturn fsys.SyncDir(filepath.Dir(name))\n"},
		},
		in: "internal/disk/crashfs", test: "TestWriteFileReplacesWholeAtEveryMoment",
	},
	{
		name: "write-file-no-directory-sync", breaks: "a file that was reported written is not there after a power cut",
		file:  "internal/disk/write.go",
		edits: []edit{{"\treturn fsys.SyncDir(filepath.Dir(name))\n", "\t_ = filepath.Dir\n\treturn nil\n"}},
		in:    "internal/disk/crashfs", test: "TestWriteFile",
	},
	{
		name: "lock-not-taken", breaks: "two processes write one archive",
		file:  "internal/disk/lock_unix.go",
		edits: []edit{{"{ return flock(f, unix.LOCK_EX) }", "{ return nil }"}},
		in:    "internal/disk", test: "TestLockNamesItsHolder",
	},

	// The journal: durable is what a sync has said.
	{
		name: "journal-durable-without-sync", breaks: "a batch is acknowledged before its file is synced",
		file:  "internal/journal/sync.go",
		edits: []edit{{"\t\tif err = j.syncing[i].handle.Sync(); err != nil {\n", "\t\tif err = error(nil); err != nil {\n"}},
		in:    "internal/journal", test: "TestAFailedSyncIsNotTriedAgain",
	},
	{
		name: "journal-durable-too-early", breaks: "a batch that came while the sync ran is acknowledged with it",
		file:  "internal/journal/sync.go",
		edits: []edit{{"\tj.synced, j.durable = end, upTo\n", "\tend, upTo = j.end, j.upTo\n\tj.synced, j.durable = end, upTo\n"}},
		in:    "internal/journal", test: "TestABatchBesideASyncIsNotDurable",
	},
	{
		name: "journal-no-directory-sync", breaks: "the journal's file is not found after a power cut",
		file:  "internal/journal/sync.go",
		edits: []edit{{"\terr := j.fsys.SyncDir(j.dir)\n", "\tvar err error\n"}},
		in:    "internal/journal", test: "TestANameThatIsNotDurable",
	},
	{
		name: "journal-adopted-name-not-synced", breaks: "the same, when a process that was killed had made it",
		file:  "internal/journal/files.go",
		edits: []edit{{"end: l.size, created: true}", "end: l.size}"}},
		in:    "internal/journal", test: "TestAFileOfAKilledProcess",
	},
	{
		name: "journal-sync-retried", breaks: "a sync that failed is tried again, and the kernel says yes to pages that it dropped",
		file:  "internal/journal/sync.go",
		edits: []edit{{"\t\tf.failed, f.lost = true, f.uncovered() > 0\n", "\t\tf.dirty = true\n"}},
		in:    "internal/journal", test: "TestAFailedSyncIsNotTriedAgain",
	},
	{
		name: "journal-failed-sync-forgotten", breaks: "durable passes what a failed sync lost",
		file:  "internal/journal/sync.go",
		edits: []edit{{"\t\tif f.lost && err == nil {\n", "\t\tif f.lost && err != nil {\n"}},
		in:    "internal/journal", test: "TestAFailedSyncIsNotTriedAgain",
	},
	{
		name: "journal-half-written-place-used", breaks: "a batch goes behind one that was written by half",
		file:  "internal/journal/journal.go",
		edits: []edit{{"\t\tj.spoiled = true\n", "\t\tj.end.Offset += 8\n"}},
		in:    "internal/journal", test: "TestAWriteThatFailsAnywhere",
	},
	{
		name: "journal-stale-lap-accepted", breaks: "batches of an earlier lap are read as the end of this one",
		file: "internal/journal/batch.go",
		edits: []edit{
			{"; lap != at.Lap {", "; lap > at.Lap {"},
		},
		in: "internal/journal", test: "TestManyLaps",
	},
	{
		name: "journal-place-not-proved", breaks: "a batch copied by a message, or by the disk, is read as the journal's",
		file:  "internal/journal/batch.go",
		edits: []edit{{"\tif h.at != at || h.generation", "\tif h.generation"}},
		in:    "internal/journal", test: "TestImitations",
	},
	{
		name: "journal-zero-checksum-accepted", breaks: "entries that are damaged pass when the checksum is zero",
		file:  "internal/journal/batch.go",
		edits: []edit{{"; got != h.sum {", "; h.sum != 0 && got != h.sum {"}},
		in:    "internal/journal", test: "TestAZeroChecksumProvesNothing",
	},
	{
		name: "journal-length-outside-checksum", breaks: "a damaged length in a batch's header is believed",
		file: "internal/journal/batch.go",
		edits: []edit{
			{"crc32.Update(seed, castagnoli, dst[:76])", "crc32.Update(seed, castagnoli, dst[:64])"},
			{"crc32.Update(seed, castagnoli, b[:76])", "crc32.Update(seed, castagnoli, b[:64])"},
		},
		in: "internal/journal", test: "TestVectorBatch",
	},
	{
		name: "journal-acknowledged-hole-ignored", breaks: "missing batches that were acknowledged read as the journal's end",
		file:  "internal/journal/read.go",
		edits: []edit{{"\tif r.at.Before(r.acknowledged(l.header.generation)) {\n", "\tif r.at.Before(r.from) {\n"}},
		in:    "internal/journal", test: "TestAHoleInWhatWasAcknowledgedIsDamage",
	},
	{
		name: "journal-read-behind-a-hole", breaks: "records come back from behind others that are lost, as if none were",
		file:  "internal/journal/read.go",
		edits: []edit{{"\tr.report.Stop = Cut // ", "\treturn true // "}},
		in:    "internal/journal", test: "TestAHoleThatWasNeverAcknowledgedEndsTheGeneration",
	},

	// The store.
	{
		name: "block-length-outside-checksum", breaks: "a damaged length in a block's header is believed",
		file:  "internal/store/block.go",
		edits: []edit{{"\treturn crc32.Update(^sum, castagnoli, b[8:])\n", "\treturn crc32.Update(^sum, castagnoli, b[12:])\n"}},
		in:    "internal/store", test: "TestEveryByteOfABlockIsSummed",
	},
	{
		name: "block-place-outside-checksum", breaks: "a block that the disk put elsewhere passes",
		file:  "internal/store/block.go",
		edits: []edit{{"castagnoli[byte(sum)^byte(offset)]", "castagnoli[byte(sum)]"}},
		in:    "internal/store", test: "TestBlocksElsewhereDoNotPass",
	},
	{
		name: "block-segment-outside-checksum", breaks: "a block of another segment passes",
		file:  "internal/store/segment.go",
		edits: []edit{{"\treturn crc32.Update(base, castagnoli, b[:])\n", "\treturn base\n"}},
		in:    "internal/store", test: "TestBlocksElsewhereDoNotPass",
	},
	{
		name: "block-zero-checksum-accepted", breaks: "a damaged block passes when its checksum is zero",
		file:  "internal/store/block.go",
		edits: []edit{{"binary.LittleEndian.Uint32(b[4:]); got != want {", "binary.LittleEndian.Uint32(b[4:]); want != 0 && got != want {"}},
		in:    "internal/store", test: "TestAZeroChecksumProvesNothing",
	},
	{
		name: "stale-block-accepted", breaks: "a block of an earlier life is read as the log's next",
		file:  "internal/store/scan.go",
		edits: []edit{{"\t\tif s.expect != 0 && h.first != s.expect {\n", "\t\tif s.expect != 0 && h.first < 1 {\n"}},
		in:    "internal/store", test: "TestAStaleBlockIsNoPartOfTheLog",
	},
	{
		name: "index-checksum-unchecked", breaks: "a damaged index decides what a lookup finds",
		file:  "internal/store/index.go",
		edits: []edit{{"le.Uint32(b[spanSize-4:]); got != want {", "le.Uint32(b[spanSize-4:]); got == want+1 {"}},
		in:    "internal/store", test: "TestEveryFlippedBit",
	},
	{
		name: "index-trusted-unchecked", breaks: "an index that does not follow hides records",
		file:  "internal/store/view.go",
		edits: []edit{{"\t\tif g.next != 0 && s.first != g.next {\n", "\t\tif g.next != 0 && s.first < 1 {\n"}},
		in:    "internal/store", test: "TestAnIndexThatDoesNotFollowIsNotBelieved",
	},
	{
		name: "index-stale-tail-kept", breaks: "an index of what a power cut took hides what was written in its place",
		file:  "internal/store/reindex.go",
		edits: []edit{{"\tif err == nil && info.Size() > l.indexed {\n", "\tif err == nil && info.Size() < 0 {\n"}},
		in:    "internal/store", test: "TestWhatAPowerCutTookHidesNothing",
	},
	{
		name: "store-no-directory-sync", breaks: "a segment that a checkpoint counts on is not found after a power cut",
		file:  "internal/store/sync.go",
		edits: []edit{{"\treturn append(failed, s.inParallel(dirs, s.fs.SyncDir)...)\n", "\t_ = dirs\n\treturn failed\n"}},
		in:    "internal/sink", test: "TestPowerCuts",
	},
	{
		name: "store-sync-error-forgotten", breaks: "a checkpoint covers what a failed sync lost",
		file:  "internal/store/sync.go",
		edits: []edit{{"\treturn errors.Join(f.Sync(), f.Close())\n", "\t_ = f.Sync()\n\treturn f.Close()\n"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "store-volume-sync-error-forgotten", breaks: "the same, where many files are synced at once",
		file:  "internal/store/sync.go",
		edits: []edit{{"len(paths) >= manyFiles && volume.Sync() == nil {", "len(paths) >= manyFiles && (volume.Sync() == nil || dirs != nil) {"}},
		in:    "internal/store", test: "TestAVolumeThatFailsIsAskedForEachFile",
	},
	{
		name: "redo-unchecked", breaks: "recovery writes into a log what was not made for that place",
		file:  "internal/store/redo.go",
		edits: []edit{{"\tif err := s.check(r, e); err != nil {\n", "\tif err := s.check(r, e); err != nil && e.Offset < 0 {\n"}},
		in:    "internal/store", test: "TestRedoRefusesWhatWasNotMadeForItsPlace",
	},
	{
		name: "acknowledged-bytes-cut-off", breaks: "damage below the durable length takes a segment out of the log",
		file:  "internal/store/open.go",
		edits: []edit{{"\tcase wrong != nil && (o.durable > 0 ||", "\tcase wrong != nil && (o.durable < 0 ||"}},
		in:    "internal/store", test: "TestADamagedHeaderTakesNoBlockWithIt",
	},
	{
		name: "cut-before-quarantine", breaks: "a power cut takes what was cut off before its copy is durable",
		file:  "internal/store/quarantine.go",
		edits: []edit{{"errors.Join(err, f.Sync(), f.Close(), s.fs.SyncDir(s.o.Quarantine), ", "errors.Join(err, f.Close(), "}},
		in:    "internal/store", test: "TestWhatIsCutOffIsSomewhereAtEveryStep",
	},

	// The sink.
	{
		name: "ring-released-before-journal", breaks: "a batch that the journal refuses is nowhere when the process dies",
		file:  "internal/sink/sink.go",
		edits: []edit{{"\tif err := s.o.Journal.Write(s.batchEnd); err != nil {\n", "\ts.o.Ring.MarkTaken()\n\ts.o.Ring.Release()\n\tif err := s.o.Journal.Write(s.batchEnd); err != nil {\n"}},
		in:    "internal/sink", test: "TestARefusedBatchStaysInTheRing",
	},
	{
		name: "acknowledged-before-sync", breaks: "durable is told when the journal is written, not when it is synced",
		file:  "internal/sink/syncer.go",
		edits: []edit{{"\ty.journaled.Store(uint64(end))\n", "\ty.journaled.Store(uint64(end))\n\traise(&y.durable, uint64(end))\n"}},
		in:    "internal/sink", test: "TestPowerCuts",
	},
	{
		name: "durable-published-early", breaks: "durable is told of batches that came while the sync ran",
		file:  "internal/sink/syncer.go",
		edits: []edit{{"raise(&y.durable, uint64(position))", "raise(&y.durable, max(uint64(position), y.journaled.Load()))"}},
		in:    "internal/sink", test: "TestABatchBesideASyncIsNotDurable",
	},
	{
		name: "checkpoint-before-stores", breaks: "a checkpoint counts on stores that are not synced",
		file:  "internal/sink/checkpoint.go",
		edits: []edit{{"s.o.Logs.set.Sync(c.paths)", "s.o.Logs.set.Sync(nil)"}},
		in:    "internal/sink", test: "TestPowerCuts",
	},
	{
		name: "journal-freed-before-checkpoint", breaks: "the journal's files are written over before the stores have what they held",
		file:  "internal/sink/checkpoint.go",
		edits: []edit{{"\tc.err = s.prove(c)\n", "\ts.o.Journal.Free(c.point.Journal)\n\tc.err = s.prove(c)\n"}},
		in:    "internal/sink", test: "TestACheckpointThatFailsFreesNothing",
	},
	{
		name: "checkpoint-of-unwritten-log", breaks: "a checkpoint frees the journal of what a store refused",
		file:  "internal/sink/checkpoint.go",
		edits: []edit{{"\t\t\ts.sendAway(e, e.failing)\n", "\t\t\te.dirty = false\n"}},
		in:    "internal/sink", test: "TestACheckpointCoversNoLogThatCannotBeWritten",
	},
	{
		name: "gap-not-recorded", breaks: "records that never came leave no trace",
		file:  "internal/sink/intake.go",
		edits: []edit{{"\tif r.Sequence > next {\n", "\tr.Sequence = next\n\tif r.Sequence > next {\n"}},
		in:    "internal/sink", test: "TestWhatNeverCameLeavesAGap",
	},
	{
		name: "fragments-joined-across-a-drop", breaks: "two halves of different messages become one",
		file:  "internal/sink/intake.go",
		edits: []edit{{"\tif f.Sequence != e.partialOf {\n", "\tif f.Sequence < e.partialOf {\n"}},
		in:    "internal/sink", test: "TestHalfAMessageIsNotJoined",
	},
	{
		name: "stored-twice", breaks: "what ring and journal both have is in the log twice",
		file:  "internal/sink/intake.go",
		edits: []edit{{"\tif r.Last() < next {\n", "\tif r.Last() < next {\n\t\tr.Sequence = next\n\t}\n\tif r.Last() < next {\n"}},
		in:    "internal/sink", test: "TestEachStepOfABatchMayBeTheLast",
	},
	{
		name: "drops-not-taken", breaks: "drops that nothing follows are told by nobody while the process lives",
		file:  "internal/sink/sink.go",
		edits: []edit{{"\t\ts.alarm(s.intake.takeLost(r, s.batchEnd))\n", "\t\t_ = r\n"}},
		in:    "internal/sink", test: "TestDropsThatNothingFollowsAreTold",
	},

	// A ring that is cut off.
	{
		name: "lost-ring-not-told", breaks: "who waits for what a ring took along that was cut off is told that it is safe",
		file:  "internal/sink/cutoff.go",
		edits: []edit{{"\ts.beyond.Store(uint64(at))", "\t_ = uint64(at)"}},
		in:    "internal/sink", test: "TestWhoWaitsForALostRingIsTold",
	},
	{
		name: "lost-ring-leaves-no-gap", breaks: "what a ring took along that was cut off leaves no trace",
		file:  "internal/session/cutoff.go",
		edits: []edit{{"\t\tp.first, p.lost.Last, p.lost.Count = next, r.next-1, uint64(r.next-next)\n", ""}},
		in:    "internal/session", test: "TestARingIsCutOffUnderHooks",
	},
	{
		name: "ring-read-without-guard", breaks: "a ring that is cut off ends the process",
		file:  "internal/sink/sink.go",
		edits: []edit{{"\ts.o.Ring.Guard(s.takeFrames)\n", "\ts.takeFrames()\n"}},
		in:    "internal/sink", test: "TestARingIsCutOffAndTheArchiveCloses",
	},

	// Recovery.
	{
		name: "drop-slot-not-read", breaks: "drops that nothing followed are forgotten with the process",
		file:  "internal/sink/recover.go",
		edits: []edit{{"\tr.readSlots()\n", ""}},
		in:    "internal/sink", test: "TestSlotTellsOfDropsThatNothingFollowed",
	},
	{
		name: "foreign-ring-drained", breaks: "another archive's messages are stored in this one",
		file:  "internal/sink/recover.go",
		edits: []edit{{"own.Archive != r.o.Archive || own.Generation != uint64(r.o.Generation) {", "own.Archive != r.o.Archive && own.Generation != uint64(r.o.Generation) {"}},
		in:    "internal/sink", test: "TestAForeignRingIsLeftAlone",
	},
	{
		name: "ring-of-another-boot-drained", breaks: "pages of which a power cut took some are believed",
		file:  "internal/sink/recover.go",
		edits: []edit{{"own.Boot != r.o.Boot {", "own.Boot != own.Boot {"}},
		in:    "internal/sink", test: "TestRingOfAnotherBootIsNotBelieved",
	},
	{
		name: "ring-removed-before-sync", breaks: "a power cut in the recovery takes what was drained",
		file:  "internal/sink/recover.go",
		edits: []edit{{"\tif err := r.prove(); err != nil {\n", "\tif r.ring != nil {\n\t\t_ = r.ring.Remove()\n\t}\n\tif err := r.prove(); err != nil {\n"}},
		in:    "internal/sink", test: "TestARecoveryThatFailsKeepsTheRing",
	},
	{
		name: "leftovers-not-synced", breaks: "a checkpoint counts on what a recovery that was killed wrote and never synced",
		file:  "internal/store/open.go",
		edits: []edit{{"\tl.touchBehind(known, numbers)\n", ""}},
		in:    "internal/sink", test: "TestARecoveryThatIsKilledLeavesNothingUnproven",
	},
	{
		name: "sequence-reused-after-power-cut", breaks: "two records of one sequence, one of them shown to somebody",
		file:  "internal/sink/recover.go",
		edits: []edit{{"const lostAtMost = 1 << 32\n", "const lostAtMost = 1\n"}},
		in:    "internal/sink", test: "TestPowerCuts",
	},
	{
		name: "power-cut-leaves-no-gap", breaks: "a log does not say that a power cut may have taken its end",
		file:  "internal/sink/recover.go",
		edits: []edit{{"\t\tif e == nil || told[e.log.ID()] || !holds(e) {\n", "\t\tif e == nil || told[e.log.ID()] || holds(e) {\n"}},
		in:    "internal/sink", test: "TestLostRingLeavesAGap",
	},
	{
		name: "grown-log-not-opened", breaks: "a torn end that the journal does not know of reads as damage",
		file:  "internal/sink/recover.go",
		edits: []edit{{"\tif err := r.tails(r.proven.logs); err != nil {\n", "\tif err := r.tails; err == nil {\n\t\treturn nil\n\t}\n\tif err := error(nil); err != nil {\n"}},
		in:    "internal/sink", test: "TestPowerCuts",
	},
	{
		name: "recovered-without-checkpoint", breaks: "an archive whose checkpoint is gone is read from its beginning, and written over",
		file:  "internal/sink/recover.go",
		edits: []edit{{"errors.Is(err, fs.ErrNotExist) && r.o.Generation <= 1 {", "errors.Is(err, fs.ErrNotExist) {"}},
		in:    "internal/sink", test: "TestWithoutCheckpointNothingIsRecovered",
	},
	{
		name: "spill-not-synced", breaks: "a checkpoint counts on a spill that a power cut takes",
		file:  "internal/sink/spill.go",
		edits: []edit{{"\tif _, err = p.journal.Sync(); err != nil {", "\tif err != nil {"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "homecoming-unproved", breaks: "the spill is removed before the files have what it held",
		file:  "internal/sink/spill.go",
		edits: []edit{{"\tfor _, u := range h.set.Sync(paths) {", "\tfor _, u := range h.set.Sync(nil) {"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "failed-sync-of-a-store-ignored", breaks: "a log whose sync failed is believed at the next checkpoint",
		file:  "internal/sink/checkpoint.go",
		edits: []edit{{"\t\ts.sendAway(e, u)\n", ""}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "homecoming-misses-the-tail", breaks: "what a log got while it was brought home is lost",
		file:  "internal/sink/away.go",
		edits: []edit{{"\thome, _ := s.bringHome(back, c.point.Journal, s.o.Journal.End(), false)", "\thome := back"}},
		in:    "internal/sink", test: "TestOneSickLogPinsNothing",
	},
	{
		name: "homecoming-without-spill", breaks: "what a log got before the last checkpoint does not come home",
		file:  "internal/sink/away.go",
		edits: []edit{{"\tif whole {\n\t\terr = s.strays.spill.read(h.carry)\n\t}\n", ""}},
		in:    "internal/sink", test: "TestOneSickLogPinsNothing",
	},
	{
		name: "handles-of-the-spill-collide", breaks: "the spill gives one log's records to another",
		file:  "internal/sink/spill.go",
		edits: []edit{{"\t\twanted[t.id] = record.Handle(i)\n\t\tp.journal.Register(record.Handle(i), t.id)", "\t\twanted[t.id], _ = 0, i\n\t\tp.journal.Register(0, t.id)"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "recovery-forgets-what-it-added", breaks: "what a recovery drained from the ring is lost when a log's files fail",
		file:  "internal/sink/recover.go",
		edits: []edit{{"\tfor _, e := range r.added {", "\tfor _, e := range r.added[:0] {"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs",
	},
	{
		name: "segment-ends-where-it-may", breaks: "what a power cut left behind a log's end keeps it from going on",
		file:  "internal/store/redo.go",
		edits: []edit{{"\tif !r.strict || r.end.segment == 0 {", "\tif !r.strict || r.end.segment >= 0 {"}},
		in:    "internal/sink", test: "TestPowerCutsWithSickLogs", args: []string{"-torture.seed", "104"},
	},
	{
		name: "a-strangers-hand-unnoticed", breaks: "a segment that was removed takes writes that nobody finds",
		file:  "internal/store/flush.go",
		edits: []edit{{"\tif err == nil && !begins {", "\tif err == nil && begins && to.offset < 0 {"}},
		in:    "internal/store", test: "TestAStrangersHandIsNoticed",
	},
	{
		name: "refused-batch-comes-home", breaks: "a checkpoint counts a batch that only the ring has",
		file:  "internal/sink/away.go",
		edits: []edit{{"c.tryHome = !s.failing && (", "c.tryHome = ("}},
		in:    "internal/sink", test: "TestNothingComesHomeThatOnlyTheRingHas",
	},
	{
		name: "second-try-keeps-the-first", breaks: "a checkpoint frees what it does not say it has",
		file:  "internal/sink/away.go",
		edits: []edit{{"\tc.home, c.point.Logs = nil, c.logs // it may be the second try\n", "\tc.logs = c.point.Logs\n"}},
		in:    "internal/sink", test: "TestASecondTryOfACheckpointSaysWhereLogsAre",
	},
	{
		name: "proof-of-a-stray-stale", breaks: "a log that goes away beside a checkpoint is cut off at the one before",
		file:  "internal/sink/checkpoint.go",
		edits: []edit{{"\t\tt.home = s.proved(id) //", "\t\t_, _ = t, id //"}},
		in:    "internal/sink", test: "TestALogThatGoesAwayBesideACheckpointIsProvedByIt",
	},

	// The message store.
	{
		name: "save-acknowledged-at-once", breaks: "a save returns before it is durable",
		file:  "internal/messagestore/save.go",
		edits: []edit{{"\tif s.o.Durable {\n\t\tif err := s.o.Await(at", "\tif s.o.Durable && s.closed {\n\t\tif err := s.o.Await(at"}},
		in:    ".", test: "TestAFailedSaveIsTakenBack",
	},
	{
		name: "void-not-put", breaks: "a save that failed is sent again after a restart",
		file:  "internal/messagestore/save.go",
		edits: []edit{{"\terr := s.recorder.Void(sequence, number, sender, min(s.o.SaveTimeout, time.Second))\n", "\terr := error(nil)\n\t_, _ = sender, sequence\n"}},
		in:    ".", test: "TestAFailedSaveIsTakenBack",
	},
	{
		name: "void-not-read", breaks: "a message that was taken back is sent again, once the sink has written it",
		file:  "internal/messagestore/iterate.go",
		edits: []edit{{"\t\t\tw.of[rec.MsgSeqNum][i].void = true\n", "\t\t\t_ = i\n"}},
		in:    ".", test: "TestAFailedSaveIsTakenBack",
	},
	{
		name: "unvoided-store-goes-on", breaks: "a store that could not take back a save promises the next",
		file:  "internal/messagestore/save.go",
		edits: []edit{{"\ts.refused = err\n", "\t_ = s.refused\n"}},
		in:    ".", test: "TestAStoreThatCannotTakeBackRefuses",
	},
	{
		name: "old-life-resent", breaks: "a resend brings messages of the life before the reset",
		file:  "internal/messagestore/iterate.go",
		edits: []edit{{"SequenceFrom: w.behind + 1,\n", "SequenceFrom: 0,\n"}, {" && rec.Sequence > w.behind:", ":"}},
		in:    ".", test: "TestStoreGoesOn",
	},
	{
		name: "messages-move-a-stores-numbers", breaks: "an inbound message that is too high is taken for counted",
		file:  "internal/record/epoch.go",
		edits: []edit{{"\t\tif s.Life == 0 {\n\t\t\t*next", "\t\tif s.Life >= 0 {\n\t\t\t*next"}},
		in:    "internal/record", test: "TestAStoreHasTheLastWord",
	},
	{
		name: "mark-of-another-message", breaks: "a message of other bytes is taken for the one that was saved",
		file:  "internal/session/saves.go",
		edits: []edit{{" && bytes.Equal(s.data[m.at:m.at+m.size], b) {", " && bytes.Equal(nil, nil) {"}},
		in:    "internal/session", test: "TestAMarkIsOfTheSameBytes",
	},
	{
		name: "let-go-before-stored", breaks: "a resend misses what the sink has not written yet",
		file:  "internal/session/saves.go",
		edits: []edit{{"m.position >= stored || ", "m.position >= stored && stored < 0 || "}},
		in:    "internal/session", test: "TestSavesAreKeptUntilTheyAreStored",
	},
	{
		name: "index-left-to-a-new-segment", breaks: "a segment is read by the index of one that a power cut took",
		file:  "internal/store/flush.go",
		edits: []edit{{"\terr := s.fs.Remove(indexPath(dir, segment))\n", "\terr := error(fs.ErrNotExist)\n"}},
		in:    "internal/store", test: "TestAnIndexWithoutItsSegment",
	},
}
