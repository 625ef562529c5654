type Video = HTMLVideoElement | null;

/** Plays a paused video, and pauses a playing one. */
export function togglePlay(video: Video): void {
  if (video?.paused) void video.play();
  else video?.pause();
}

/** Seeks to a position in seconds. */
export function seek(video: Video, position: number): void {
  if (video) video.currentTime = Math.max(0, position);
}

/** Seeks by a number of seconds: forward, or back if it is negative. */
export function seekBy(video: Video, seconds: number): void {
  if (video) seek(video, video.currentTime + seconds);
}

/** Sets the volume, from 0 to 1, and unmutes the video. */
export function setVolume(video: Video, volume: number): void {
  if (!video) return;
  video.volume = Math.min(1, Math.max(0, volume));
  video.muted = false;
}

export function toggleMute(video: Video): void {
  if (video) video.muted = !video.muted;
}

export function playFromStart(video: Video): void {
  seek(video, 0);
  void video?.play();
}
