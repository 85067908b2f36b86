using System.Text;
using Monitoring.Wire.Transparency;

namespace Monitoring.Agent.Witness;

/// <summary>The log that is watched, and how often.</summary>
/// <param name="Url">Of the hub's log, such as <c>http://hub:8080/log</c>.</param>
/// <param name="Key">Known from elsewhere than the log itself.</param>
public sealed record WitnessedLog(Uri Url, NoteVerifier Key, TimeSpan Every);

/// <summary>What one look at the log came to.</summary>
public enum WitnessOutcome
{
    /// <summary>It only grew; the hub has our signature of it.</summary>
    Cosigned,

    /// <summary>The log, or its tiles, cannot be had; or it did not take the signature.</summary>
    Unreachable,

    /// <summary>Our own disk does not keep what we would sign, so we sign nothing.</summary>
    CannotKeep,

    /// <summary>It is not signed by the log's key.</summary>
    NotSigned,

    /// <summary>It is older than what was signed last, which a cache can bring about.</summary>
    Older,

    /// <summary>It is another history than the one signed last.</summary>
    Inconsistent,
}

/// <summary>
/// Watches a public log from outside its operator: looks whether it has only grown since last
/// time, and only then signs that (C2SP tlog-cosignature). So a hub that shows different people
/// different histories, or changes what it told, is found out by whoever compares two witnesses.
/// </summary>
public sealed class LogWitness(
    WitnessedLog watched, NoteSigner key, WitnessFiles files, HttpMessageInvoker http, Log log,
    TimeProvider time)
{
    private const string CheckpointPath = "checkpoint";
    private const string CosignaturePath = "cosignature";

    /// <summary>Looks until the stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        log.WitnessStarted(watched.Url, key.Verifier.ToString());
        using var timer = new PeriodicTimer(watched.Every, time);
        WitnessOutcome? before = null;
        try
        {
            do
            {
                var outcome = await Look(stop);
                if (outcome != before)
                {
                    log.Witnessed(watched.Key.Name, outcome);
                }

                before = outcome;
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    public async Task<WitnessOutcome> Look(CancellationToken stop)
    {
        try
        {
            var note = SignedNote.Parse(Encoding.UTF8.GetString(await Get(CheckpointPath, stop)));
            if (note is null || Checkpoint.Of(note, watched.Key) is not { } now)
            {
                return WitnessOutcome.NotSigned;
            }

            // What others signed is theirs to say.
            var bare = note with { Signatures = [note.SignatureOf(watched.Key)!] };
            var verdict = await Judge(bare, now, stop);
            return verdict == WitnessOutcome.Cosigned ? await Sign(bare, stop) : verdict;
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException
            || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return WitnessOutcome.Unreachable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return WitnessOutcome.CannotKeep;
        }
    }

    private async Task<WitnessOutcome> Judge(
        SignedNote note, Checkpoint now, CancellationToken stop)
    {
        if (files.Seen() is not { } last
            || Checkpoint.Of(last, watched.Key) is not { Size: > 0 } seen)
        {
            return WitnessOutcome.Cosigned;
        }

        if (now.Size < seen.Size)
        {
            return WitnessOutcome.Older;
        }

        var tiles = await TilesFor(seen.Size, now.Size, stop);
        var proof = MerkleProof.OfConsistency(seen.Size, now.Size, tiles.Full);
        if (MerkleProof.IsConsistent(seen.Size, seen.Root, now.Size, now.Root, proof))
        {
            return WitnessOutcome.Cosigned;
        }

        // It is a lie where the signed root has another beginning; wrong tiles may be an accident.
        var other = MerkleProof.Range(0, seen.Size, tiles.Full);
        if (now.Size == seen.Size
            || MerkleProof.IsConsistent(seen.Size, other, now.Size, now.Root, proof))
        {
            files.KeepConflict(last, note);
        }

        return WitnessOutcome.Inconsistent;
    }

    private async Task<WitnessOutcome> Sign(SignedNote note, CancellationToken stop)
    {
        // Kept before it is said: a witness that forgot what it signed could sign another history.
        files.Keep(note);
        var cosigned = note with
        {
            Signatures = note.Signatures.Add(key.Cosign(note.Text, time.GetUtcNow())),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(CosignaturePath))
        {
            Content = new StringContent(cosigned.ToString()),
        };
        using var answer = await Send(request, stop);
        return WitnessOutcome.Cosigned;
    }

    /// <summary>The new tree, with all tiles that the proof and the old root ask for.</summary>
    private async Task<TileTree> TilesFor(long first, long size, CancellationToken stop)
    {
        var had = new Dictionary<TilePath, byte[]>();
        while (true)
        {
            TilePath? wanted = null;
            var tree = new TileTree(size, path =>
            {
                if (had.TryGetValue(path, out var tile))
                {
                    return tile;
                }

                // One at a time: what is asked for next does not depend on what is in it.
                wanted ??= path;
                return new byte[path.Width * TreeHash.Bytes];
            });
            MerkleProof.OfConsistency(first, size, tree.Full);
            MerkleProof.Range(0, first, tree.Full);
            if (wanted is null)
            {
                return tree;
            }

            var bytes = await Get(wanted.ToString(), stop);
            had[wanted] = bytes.Length == wanted.Width * TreeHash.Bytes
                ? bytes
                : throw new HttpRequestException($"{wanted} has {bytes.Length} bytes.");
        }
    }

    private async Task<byte[]> Get(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(path));
        using var answer = await Send(request, stop);
        return await answer.Content.ReadAsByteArrayAsync(stop);
    }

    private async Task<HttpResponseMessage> Send(
        HttpRequestMessage request, CancellationToken stop)
    {
        var answer = await http.SendAsync(request, stop);
        if (!answer.IsSuccessStatusCode)
        {
            answer.Dispose();
            throw new HttpRequestException($"{request.RequestUri} answers {answer.StatusCode}.");
        }

        return answer;
    }

    private Uri Url(string path) => new($"{watched.Url.ToString().TrimEnd('/')}/{path}");
}
