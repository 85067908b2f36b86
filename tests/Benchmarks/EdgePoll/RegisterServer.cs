using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Monitoring.Benchmarks.EdgePoll;

/// <summary>
/// The instruments of the benchmark, as a process of its own: a Modbus TCP server on each port,
/// a blocking thread for each connection. It answers any read with registers that count up.
/// </summary>
internal static class RegisterServer
{
    public const string Verb = "--serve";

    /// <param name="ports">Where to listen.</param>
    public static int Run(IEnumerable<string> ports)
    {
        var listeners = ports.Select(port => new TcpListener(
            IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture))).ToList();
        foreach (var listener in listeners)
        {
            listener.Start();
            new Thread(() => Accept(listener)) { IsBackground = true }.Start();
        }

        Console.WriteLine("listening");
        Console.In.ReadToEnd();
        return 0;
    }

    private static void Accept(TcpListener listener)
    {
        while (true)
        {
            var socket = listener.AcceptSocket();
            socket.NoDelay = true;
            new Thread(() => Serve(socket)) { IsBackground = true }.Start();
        }
    }

    private static void Serve(Socket socket)
    {
        var request = new byte[12];
        var answer = new byte[9 + 250];
        ushort count = 0;
        try
        {
            while (Fill(socket, request))
            {
                int registers = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(10));
                request.AsSpan(0, 8).CopyTo(answer);
                BinaryPrimitives.WriteUInt16BigEndian(
                    answer.AsSpan(4), (ushort)(3 + 2 * registers));
                answer[8] = (byte)(2 * registers);
                for (var i = 0; i < registers; i++)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(
                        answer.AsSpan(9 + 2 * i), unchecked(count++));
                }

                socket.Send(answer, 9 + 2 * registers, SocketFlags.None);
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }

    private static bool Fill(Socket socket, byte[] request)
    {
        for (var have = 0; have < request.Length;)
        {
            var got = socket.Receive(request, have, request.Length - have, SocketFlags.None);
            if (got == 0)
            {
                return false;
            }

            have += got;
        }

        return true;
    }
}
