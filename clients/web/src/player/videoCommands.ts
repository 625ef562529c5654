type Video = HTMLVideoElement | null;

/** Plays what stands still, and stops what plays. */
export function toggle(video: Video): void {
  if (video?.paused) void video.play();
  else video?.pause();
}

/** Goes to a place in seconds. */
export function seek(video: Video, position: number): void {
  if (video) video.currentTime = Math.max(0, position);
}

/** Goes forward by so many seconds, or back. */
export function skip(video: Video, by: number): void {
  if (video) seek(video, video.currentTime + by);
}

/** Sets how loud it is, from 0 to 1, and lets it be heard. */
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
