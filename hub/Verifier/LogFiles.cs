using System.Net;

namespace Monitoring.Verifier;

/// <summary>The files of a log: in a folder, or served by a hub below a URL.</summary>
internal sealed class LogFiles(string place, Func<string, Stream?> open)
{
    /// <summary>As the person named it.</summary>
    public string Place => place;

    /// <exception cref="UnreachableException">There is no such folder.</exception>
    /// <param name="bounds">Null: the usual ones.</param>
    public static LogFiles At(string place, Bounds? bounds = null) =>
        Uri.TryCreate(place, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? Served(place, bounds ?? Bounds.Default)
            : Directory.Exists(place)
                ? new LogFiles(place, path => InFolder(place, path))
                : throw new UnreachableException(
                    File.Exists(place) ? $"{place} is a file; name the folder of a copied log."
                        : $"There is no folder {place}; an address begins with http:// or "
                            + "https://.");

    /// <summary>Null where there is no such file.</summary>
    public byte[]? Read(string path)
    {
        using var stream = Open(path);
        if (stream is null)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int length;
        while ((length = stream.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, length);
            if (bytes.Length > Bounds.FileBytesMax)
            {
                throw new UnreachableException(
                    $"{path} has more than {Bounds.FileBytesMax} bytes.");
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Null where there is no such file.</summary>
    public Stream? Open(string path)
    {
        try
        {
            return open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or HttpRequestException or TaskCanceledException)
        {
            throw new UnreachableException($"{path} of {place} cannot be read: {e.Message}");
        }
    }

    private static LogFiles Served(string place, Bounds bounds)
    {
        // The hub serves its log below /log; a plain web server serves it where it lies.
        var http = new HttpClient { Timeout = bounds.Patience };
        var root = place.TrimEnd('/');
        Stream? Get(string path) => Fetch(http, $"{root}/{path}") is { } bytes
            ? new BoundedStream(bytes, $"{path} of {place}", bounds)
            : null;
        return new LogFiles(place, path =>
        {
            if (Get(path) is { } found)
            {
                return found;
            }

            return root.EndsWith("/log", StringComparison.Ordinal) ? null : Get($"log/{path}");
        });
    }

    private static Stream? Fetch(HttpClient http, string url)
    {
        var answer = http.Send(
            new HttpRequestMessage(HttpMethod.Get, url), HttpCompletionOption.ResponseHeadersRead);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            answer.Dispose();
            return null;
        }

        answer.EnsureSuccessStatusCode();
        return answer.Content.ReadAsStream();
    }

    private static FileStream? InFolder(string folder, string path)
    {
        var file = Path.Combine(folder, path);
        return File.Exists(file) ? File.OpenRead(file) : null;
    }
}
